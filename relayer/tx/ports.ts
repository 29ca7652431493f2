import type { Address, Hex } from 'viem';

import type { TransactionRecord } from './record.ts';

/*
 * What the lane needs of the rest of the relayer. Everything comes in as an argument; the lane knows no other module.
 */

/** A key that pays for transactions. It signs `keccak256(preimage)`, because some back ends hash themselves. */
export interface TransactionSigner {
  readonly address: Address;
  sign(preimage: Hex): Promise<{ r: Hex; s: Hex; yParity: 0 | 1 }>;
}

/** What one node said to one request. */
export type NodeAnswer<T> =
  { readonly endpoint: string; readonly result: T } | { readonly endpoint: string; readonly error: unknown };

/** One chain, through the operator's own nodes. Each read goes to all of them: none is trusted alone where another answers. */
export interface TransactionChain {
  readonly name: 'main' | 'product';
  readonly chainId: number;
  /**
   * Asks every node, and never rejects. `onAnswer`, where it is supported, hears each answer as it comes in, so that one
   * slow node does not hold up the lane.
   */
  all<T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: NodeAnswer<T>) => void,
  ): Promise<readonly NodeAnswer<T>[]>;
  /** The nodes that answer this method in time at present, by name. All of them, when left out. */
  well?(method: string): readonly string[];
}

/** Durable records: what is saved here survives a crash. Each call is done when it returns. */
export interface TransactionStore {
  load(chain: string, account: Address): readonly TransactionRecord[];
  save(record: TransactionRecord): void;
  remove(record: TransactionRecord): void;
}

/** As pino: an object, then a constant message. */
export interface TransactionLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface TransactionMetrics {
  /** `pegway_transactions_total{chain,outcome}`: the keys of `answers`, and what became of records (`Outcome`). */
  outcome(chain: string, outcome: string): void;
}

/** The newest block, as the relayer sees it. `baseFeePerGas` is null before London. */
export interface Head {
  readonly number: bigint;
  readonly baseFeePerGas: bigint | null;
  readonly timestamp: bigint;
}
