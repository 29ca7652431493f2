import {
  type Abi,
  type Address,
  type Hex,
  decodeFunctionData,
  encodeFunctionResult,
  erc20Abi,
  getAddress,
  numberToHex,
} from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { Head } from '../../relayer/chain/finality.ts';
import { createBlockProofs, openLogSource } from '../../relayer/chain/logs.ts';
import type { RpcQuorum } from '../../relayer/chain/rpc-quorum.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { Heads } from '../../relayer/state/ledgers.ts';
import { type Lane, type Side, type Transfer, sides } from '../../protocol/lane.ts';

/** Returns a distinct address for each number. */
export const addressOf = (index: number): Address => getAddress(numberToHex(index + 1, { size: 20 }));

export const AMOUNT = 10n ** 18n;
const UNLIMITED = 2n ** 128n - 1n;

/** A transfer in a large set: 480 in each block of the source, a hundred per holder. */
export function transferOf(lane: Lane, index: number): Transfer {
  const blockNumber = 1_000n + BigInt(Math.floor(index / 480));
  const holder = addressOf(1_000 + Math.floor(index / 100));
  return {
    ...{ lane, nonce: BigInt(index), sender: holder, recipient: holder, sourceAmount: AMOUNT, amount: AMOUNT },
    ...{ previousBlock: blockNumber - 1n, blockNumber, blockHash: numberToHex(blockNumber, { size: 32 }) },
    transactionHash: numberToHex(index + 1, { size: 32 }),
  };
}

export const head: Head = {
  ...{ number: 10_000_000n, hash: numberToHex(1, { size: 32 }), timestamp: 1_800_000_000n, baseFeePerGas: 0n },
  ...{ gasLimit: 30_000_000n, logsBloom: numberToHex(0, { size: 256 }), parentHash: numberToHex(0, { size: 32 }) },
};

/** Both chains at that head. */
export const atHeads = <T>(take: (heads: Heads) => T): Promise<T> =>
  Promise.resolve(take({ main: head, product: head }));

export interface SimulatedChains {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly pegs: readonly Address[];
  /** JSON-RPC requests since the previous call of this function. */
  requests(): number;
}

/** Replacements for the default answers of views. */
export type OtherAnswers = Readonly<Record<string, (args: readonly unknown[]) => unknown>>;

/**
 * Simulates both chains with `count` pegs over one main token and `open` open deposits of each; only views are
 * answered.
 */
export function simulateChains(count: number, open: number, others: OtherAnswers = {}): SimulatedChains {
  let asked = 0;
  const pegs = Array.from({ length: count }, (_, index) => addressOf(100 + index));
  const signers = Array.from({ length: 6 }, (_, index) => addressOf(index));
  const locked = AMOUNT * BigInt(open);

  const answer = (name: string, args: readonly unknown[]): unknown => {
    switch (name) {
      case 'signers':
        return signers;
      case 'threshold':
        return 4n;
      case 'pegs':
        return pegs;
      case 'delays':
        return { bounceDelay: 3_600, governanceDelay: 3_600, pauseDuration: 3_600, parkDelay: 3_600 };
      case 'peg':
        return {
          ...{ mainToken: addressOf(50), productToken: args[0], numerator: 1n, denominator: 1n, minimum: 1n },
          ...{ gasCap: 100_000, retired: false, capacity: UNLIMITED, refillPerSecond: 0n, available: UNLIMITED },
          ...{ flat: 0n, basisPoints: 0, maximumFlat: 0n, departMinimum: 1n },
        };
      case 'locked':
        return locked;
      case 'balanceOf':
        return locked * BigInt(count);
      case 'executedWords':
        return Array.from({ length: Number(args[2]) }, () => 0n);
      default:
        return 0n;
    }
  };
  const call = (data: Hex): Hex => {
    asked++;
    for (const abi of [mainBridgeAbi, erc20Abi] as Abi[]) {
      try {
        const { functionName, args = [] } = decodeFunctionData({ abi, data });
        const result = others[functionName]?.(args) ?? answer(functionName, args);
        return encodeFunctionResult({ abi, functionName, result });
      } catch {
        // It is the other one's.
      }
    }
    throw new RangeError(`call not simulated: ${data.slice(0, 10)}`);
  };
  const nodesOf = (name: Side): RpcQuorum => {
    const ask = (_method: string, params: readonly unknown[]) =>
      Promise.resolve(call((params[0] as { data: Hex }).data) as never);
    const all: RpcQuorum['all'] = async (method, params) => [
      { endpoint: 'simulated', result: await ask(method, params) },
    ];
    const isUnused = () => Promise.reject(new RangeError('not simulated'));
    return {
      ...{ name, chainId: 1, quorum: 1, endpoints: [], one: ask, agree: ask, all },
      most: (method, params) => all(method, params),
      ...{ oneOf: isUnused, read: isUnused, well: () => [], slow: () => [] },
    };
  };
  const sideOf = (side: Side): ChainClient => {
    const [nodes, address] = [nodesOf(side), addressOf(side === 'main' ? 10 : 11)];
    const proof = { logRange: 2_000, proof: 'receipts', proofs: createBlockProofs(nodes, 'ethereum') } as const;
    const client: ChainClient = {
      ...{ side, chainId: 1, address, nodes, source: openLogSource({ nodes, side, bridge: address, ...proof }) },
      including: () => client,
      finalHead: () => Promise.resolve(head),
      headerAt: () => Promise.resolve(head),
      linkedHashes: () => Promise.reject(new RangeError('not simulated')),
      background: (work) => work(),
      latestHead: () => Promise.resolve(head),
      events: () => Promise.resolve([]),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    return client;
  };
  const [main, product] = sides.map(sideOf) as [ChainClient, ChainClient];
  return {
    chains: { main, product },
    pegs,
    requests() {
      const since = asked;
      asked = 0;
      return since;
    },
  };
}
