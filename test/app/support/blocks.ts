import { call } from '../../../cli/devnet/anvil.ts';
import type { DevnetFile } from '../../../cli/devnet/start.ts';
import type { PageNet } from './net.ts';

type Side = 'main' | 'product';

/** Advances a chain's clock from the next block on. */
export async function passTime(file: DevnetFile, side: Side, seconds: number): Promise<void> {
  await call(file[side].rpcUrl, 'evm_increaseTime', seconds);
}

/** A chain that mines on the test's command. */
export interface HeldChain {
  /** Mines one block; the one before the last becomes finalized. */
  mine(): Promise<void>;
  goOn(): Promise<void>;
}

/** From now on only `mine` finalizes blocks on a chain, so that intermediate states can be checked. */
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
