import { type Hex, hexToNumber } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { type Side, sides } from '../../../protocol/lane.ts';
import type { ChaosNet } from '../net.ts';
import type { Fault } from './fault.ts';

const otherSide = (side: Side): Side => (side === 'main' ? 'product' : 'main');

/** Timestamp of a chain's newest block, in seconds. */
const timeOf = async ({ devnet }: ChaosNet, side: Side): Promise<number> => {
  const head = (await call(devnet.file[side].rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as { timestamp: Hex };
  return hexToNumber(head.timestamp);
};

export const chainFaults: readonly Fault[] = [
  {
    name: 'the pool forgets everything',
    kind: 'chain',
    weight: 2,
    chains: 'anvil',
    strike: async (net, random) => net.drivers[random.pick(sides)].drop?.(),
  },
  {
    name: 'reorganisation up to the final block',
    kind: 'chain',
    weight: 3,
    chains: 'geth',
    async strike(net, random) {
      await net.drivers[random.pick(sides)].reorg?.(random.between(1, 2));
    },
  },
  {
    name: 'gas price × 50',
    kind: 'chain',
    weight: 1,
    chains: 'anvil',
    async strike(net, _random, last) {
      await net.drivers.main.multiplyBaseFee?.(50n);
      await last(5);
    },
  },
  {
    name: 'a chain’s clock jumps',
    kind: 'chain',
    weight: 1,
    async strike(net, random) {
      const drawn = random.pick(sides);
      const seconds = random.between(10, 250);
      // Only the chain that is behind: an audit tolerates 300 s of clock skew for a missing source event.
      const behind = (await timeOf(net, otherSide(drawn))) < (await timeOf(net, drawn)) ? otherSide(drawn) : drawn;
      await net.drivers[behind].pass(seconds);
    },
  },
];
