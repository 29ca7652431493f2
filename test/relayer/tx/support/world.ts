import { DatabaseSync } from 'node:sqlite';

import { type Address, type Hex, keccak256 } from 'viem';
import { privateKeyToAddress, sign } from 'viem/accounts';

import type { FeePolicy } from '../../../../relayer/tx/fees.ts';
import { createTxManager, type TxManager, type TxManagerOptions } from '../../../../relayer/tx/tx-manager.ts';
import type { Head, NodeAnswer, TransactionChain, TransactionSigner } from '../../../../relayer/tx/ports.ts';
import type { Intent, TransactionRecord, TransactionStore } from '../../../../relayer/tx/records.ts';
import { createTransactionStore } from '../../../../relayer/tx/store.ts';

/** A test's node: a chain in its own process, or a model of one. */
export interface Node {
  rpc<T>(method: string, params?: readonly unknown[]): Promise<T>;
}

export const privateKey: Hex = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
export const address: Address = privateKeyToAddress(privateKey);
export const gwei = 1_000_000_000n;

export const signer: TransactionSigner = {
  address,
  async sign(preimage) {
    const { r, s, yParity } = await sign({ hash: keccak256(preimage), privateKey });
    return { r, s, yParity: yParity === 1 ? 1 : 0 };
  },
};

export interface World {
  readonly manager: TxManager;
  readonly store: TransactionStore;
  readonly mined: TransactionRecord[];
  readonly abandoned: { readonly record: TransactionRecord; readonly reason: string }[];
  readonly outcomes: string[];
  /** Every request to any node, by method. */
  readonly asked: string[];
  /** Passes the newest block to the manager. */
  see(): Promise<void>;
}

export interface WorldOptions {
  readonly nodes: readonly Node[];
  readonly chainId?: number;
  readonly store?: TransactionStore;
  readonly fees?: Partial<FeePolicy>;
  readonly manager?: Partial<TxManagerOptions>;
}

export const newStore = (): TransactionStore => createTransactionStore(new DatabaseSync(':memory:'));

export function createWorld(options: WorldOptions): World {
  const { nodes, chainId = 31337, store = newStore() } = options;
  const [first] = nodes;
  if (first === undefined) throw new Error('a world has a node');
  const mined: TransactionRecord[] = [];
  const abandoned: { record: TransactionRecord; reason: string }[] = [];
  const outcomes: string[] = [];
  const asked: string[] = [];
  const nothing = (): void => {};

  const ask = async <T>(
    node: Node,
    endpoint: string,
    method: string,
    params: readonly unknown[],
  ): Promise<NodeAnswer<T>> => {
    asked.push(method);
    try {
      return { endpoint, result: await node.rpc<T>(method, params) };
    } catch (error) {
      return { endpoint, error };
    }
  };
  const chain: TransactionChain = {
    name: 'main',
    chainId,
    all: (method, params, onAnswer) =>
      Promise.all(
        nodes.map(async (node, index) => {
          const answer = await ask<never>(node, `node-${index}`, method, params);
          onAnswer?.(answer);
          return answer;
        }),
      ),
  };

  const manager = createTxManager({
    chain,
    signer,
    store,
    fees: { maxFeePerGas: 500n * gwei, bumpAfterBlocks: 3, ...options.fees },
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    metrics: { outcome: (_, outcome) => outcomes.push(outcome) },
    signal: new AbortController().signal,
    onMined: (record) => mined.push(record),
    onAbandoned: (record, reason) => abandoned.push({ record, reason }),
    ...options.manager,
  });

  return {
    manager,
    store,
    mined,
    abandoned,
    outcomes,
    asked,

    async see() {
      await manager.onHead(await headOf(first));
    },
  };
}

export async function headOf(node: Node): Promise<Head> {
  const block = await node.rpc<{ number: Hex; timestamp: Hex; baseFeePerGas?: Hex }>('eth_getBlockByNumber', [
    'latest',
    false,
  ]);
  const baseFeePerGas = block.baseFeePerGas === undefined ? null : BigInt(block.baseFeePerGas);
  return { number: BigInt(block.number), timestamp: BigInt(block.timestamp), baseFeePerGas };
}

let made = 0;

/** A transaction without effect, distinguishable from others. */
export function intent(key = `intent-${++made}`, gas = 30_000n): Intent {
  return { key, to: '0x00000000000000000000000000000000000000aa', data: '0x01', gas, note: { key } };
}
