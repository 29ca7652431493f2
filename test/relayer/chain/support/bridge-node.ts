import {
  type Abi,
  type Hex,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  getAbiItem,
  numberToHex,
  toEventSelector,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../../protocol/abi.ts';
import { bridges, hashOf, holder, productToken } from '../../support.ts';
import { Refusal, type Says } from './node.ts';

/** Without the names and types of its functions: a test chooses which ones it answers. */
const bridgeAbi: Abi = mainBridgeAbi;

/** A bridge as one node presents it: the answers of its views, by name, and its logs. */
export interface FakeBridge {
  readonly views: Readonly<Record<string, (...args: readonly never[]) => unknown>>;
  readonly logs: readonly DepositLog[];
  /** Ranges of `eth_getLogs`, in the order of the requests. */
  readonly ranges?: string[];
}

/** The log of a redeem with the same content: both sides lay departures out alike. */
export const redeemLog = (block: number, nonce: bigint, previousBlock = 0n): DepositLog => {
  const log = depositLog(block, nonce, previousBlock);
  const topic = toEventSelector(getAbiItem({ abi: productBridgeAbi, name: 'ProductTokenRedeem' }));
  return { ...log, topics: [topic, ...log.topics.slice(1)] };
};

export type DepositLog = ReturnType<typeof depositLog>;

/** A deposit's log, as nodes return it. */
export const depositLog = (block: number, nonce: bigint, previousBlock = 0n) => ({
  address: bridges[0],
  topics: encodeEventTopics({
    ...{ abi: mainBridgeAbi, eventName: 'MainTokenDeposited' },
    args: { productToken, nonce, depositor: holder },
  }) as Hex[],
  data: encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint64' }],
    [holder, 5n, 10n, previousBlock],
  ),
  blockNumber: numberToHex(block),
  blockHash: hashOf(block),
  transactionHash: hashOf(0xee),
  logIndex: numberToHex(nonce),
});

/** A node that serves this bridge, and refuses every other request. */
export const serves =
  ({ views, logs, ranges }: FakeBridge): Says =>
  (method, params) => {
    if (method === 'eth_call') {
      const [{ data }] = params as [{ data: Hex }];
      const { functionName, args } = decodeFunctionData({ abi: bridgeAbi, data });
      const view = views[functionName];
      if (view === undefined) return new Refusal(-32_601, `${functionName} is not part of this test`);
      const result = view(...((args ?? []) as readonly never[]));
      return encodeFunctionResult({ abi: bridgeAbi, functionName, result });
    }
    if (method === 'eth_getLogs') {
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
      ranges?.push(`${Number(fromBlock)}-${Number(toBlock)}`);
      const isInRange = ({ blockNumber }: DepositLog) =>
        Number(blockNumber) >= Number(fromBlock) && Number(blockNumber) <= Number(toBlock);
      return logs.filter(isInRange);
    }
    return new Refusal(-32_601, `${method} is not part of this test`);
  };
