import { privateKeyToAddress } from 'viem/accounts';

import type { Side } from '../../../protocol/lane.ts';
import { anvilKey } from '../bridge.ts';
import { type TestNet, type TestNetOptions, startTestNet } from '../devnet.ts';
import type { Fork } from './genesis.ts';
import { type ChainDriver, type GethChain, startGeth } from './geth.ts';

export interface GethNet extends TestNet {
  readonly drivers: Readonly<Record<Side, ChainDriver>>;
  /** Blocks of both chains come by the clock again. */
  start(): void;
}

const BLOCK_MILLISECONDS = 1_000;
/** While the bridges are deployed, block after block. */
const FAST_MILLISECONDS = 50;

/** Two chains of geth, driven through the Engine API, six relayers between them, and no method of a development node. */
export async function startGethNet(fork: Fork, options: TestNetOptions = {}): Promise<GethNet> {
  const chains: GethChain[] = [];
  const net = await startTestNet({
    ...options,
    async startChain({ chainId, logFile }) {
      const chain = await startGeth({ chainId, logFile, fork, rich: privateKeyToAddress(anvilKey) });
      chains.push(chain);
      chain.driver.start(FAST_MILLISECONDS);
      return chain;
    },
    async startBlocks(chain) {
      const { driver } = chains.find(({ chainId }) => chainId === chain.chainId)!;
      await driver.halt();
      driver.start(BLOCK_MILLISECONDS);
    },
  });
  const driverOf = (side: Side): ChainDriver => {
    const chain = chains.find(({ chainId }) => chainId === net.devnet.file[side].chainId);
    if (chain === undefined) throw new Error(`no ${side} chain was started`);
    return chain.driver;
  };
  const drivers = { main: driverOf('main'), product: driverOf('product') };
  return {
    ...net,
    drivers,
    start() {
      for (const driver of Object.values(drivers)) driver.start(BLOCK_MILLISECONDS);
    },
  };
}
