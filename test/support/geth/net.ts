import { privateKeyToAddress } from 'viem/accounts';

import type { Side } from '../../../protocol/lane.ts';
import { anvilKey } from '../bridge.ts';
import { type TestNet, type TestNetOptions, startTestNet } from '../devnet.ts';
import type { Fork } from './genesis.ts';
import { type EngineDriver, type GethChain, type GethOptions, startGeth } from './geth.ts';

export interface GethNet extends TestNet {
  readonly drivers: Readonly<Record<Side, EngineDriver>>;
  readonly chains: Readonly<Record<Side, GethChain>>;
  /** On both chains the next block comes this much chain time later. */
  pass(seconds: number): Promise<void>;
  /** Blocks of both chains come by the clock again. */
  start(): Promise<void>;
}

interface GethNetOptions extends Pick<GethOptions, 'minimumGasPrice'> {
  /** Each chain has a second node. */
  readonly twins?: boolean;
}

const BLOCK_MILLISECONDS = 1_000;
/** While the bridges are deployed, block after block. */
const FAST_MILLISECONDS = 50;

/** Two chains of geth, driven through the Engine API, six relayers between them, and no method of a development node. */
export async function startGethNet(
  fork: Fork,
  { twins = false, minimumGasPrice, ...options }: TestNetOptions & GethNetOptions = {},
): Promise<GethNet> {
  const chains: GethChain[] = [];
  const net = await startTestNet({
    ...options,
    async startChain({ chainId, logFile }) {
      const chain = await startGeth({
        ...{ chainId, logFile, fork, twin: twins, minimumGasPrice, rich: privateKeyToAddress(anvilKey) },
      });
      chains.push(chain);
      await chain.driver.start(FAST_MILLISECONDS);
      return chain;
    },
    async startBlocks(chain) {
      const { driver } = chains.find(({ chainId }) => chainId === chain.chainId)!;
      await driver.halt();
      await driver.start(BLOCK_MILLISECONDS);
    },
  });
  const chainOf = (side: Side): GethChain => {
    const chain = chains.find(({ chainId }) => chainId === net.devnet.file[side].chainId);
    if (chain === undefined) throw new Error(`no ${side} chain was started`);
    return chain;
  };
  const byChain = { main: chainOf('main'), product: chainOf('product') };
  const drivers = { main: byChain.main.driver, product: byChain.product.driver };
  return {
    ...net,
    drivers,
    chains: byChain,
    async pass(seconds) {
      for (const driver of Object.values(drivers)) await driver.pass(seconds);
    },
    async start() {
      for (const driver of Object.values(drivers)) await driver.start(BLOCK_MILLISECONDS);
    },
  };
}
