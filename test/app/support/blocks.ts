import { call } from '../../../cli/devnet/anvil.ts';
import type { DevnetFile } from '../../../cli/devnet/start.ts';
import type { PageNet } from './net.ts';

type Side = 'main' | 'product';

/** From the next block on, a chain's clock is so much further. */
export async function passTime(file: DevnetFile, side: Side, seconds: number): Promise<void> {
  await call(file[side].rpcUrl, 'evm_increaseTime', seconds);
}

/** A chain whose blocks come when the test says so. */
export interface HeldChain {
  /** One more block; the one before the last becomes final. */
  mine(): Promise<void>;
  goOn(): Promise<void>;
}

/** From now on nothing becomes final on a chain but by `mine`, so that what is between two steps can be looked at. */
export async function holdBlocks({ devnet, blocks }: PageNet, side: Side): Promise<HeldChain> {
  const chain = devnet.file[side];
  await blocks.hold(chain);
  return {
    async mine() {
      await call(chain.rpcUrl, 'evm_mine');
    },
    goOn: () => blocks.start(chain),
  };
}
