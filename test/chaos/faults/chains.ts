import { type Hex, hexToNumber, numberToHex } from 'viem';

import { call } from '../../../cli/devnet/anvil.ts';
import { type Side, sides } from '../../../protocol/lane.ts';
import type { ChaosNet } from '../net.ts';
import type { Random } from '../random.ts';
import type { Fault } from './fault.ts';

/** Sends a control request to one of the two chains. */
const onOne = async (net: ChaosNet, random: Random, method: string, ...params: unknown[]): Promise<void> => {
  await call(net.devnet.file[random.pick(sides)].rpcUrl, method, ...params);
};

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
    strike: (net, random) => onOne(net, random, 'anvil_dropAllTransactions'),
  },
  {
    name: 'reorganisation up to the final block',
    kind: 'chain',
    weight: 3,
    strike: (net, random) => onOne(net, random, 'anvil_reorg', random.between(1, 2), []),
  },
  {
    name: 'gas price × 50',
    kind: 'chain',
    weight: 1,
    async strike(net, _random, last) {
      const { rpcUrl } = net.devnet.file.main;
      const { baseFeePerGas } = (await call(rpcUrl, 'eth_getBlockByNumber', 'latest', false)) as { baseFeePerGas: Hex };
      const high = BigInt(baseFeePerGas) * 50n;
      // The base fee falls by an eighth with each block below the gas target.
      if (high < 10n ** 12n) await call(rpcUrl, 'anvil_setNextBlockBaseFeePerGas', numberToHex(high));
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
      await call(net.devnet.file[behind].rpcUrl, 'evm_increaseTime', seconds);
    },
  },
];
