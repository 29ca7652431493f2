import type { Address, Hex } from 'viem';

/*
 * The transaction manager's dependencies on the rest of the relayer. Everything is passed in; tx/ imports no other
 * part.
 */

/** A key that pays for transactions. It signs `keccak256(preimage)`: some back ends hash themselves. */
export interface TransactionSigner {
  readonly address: Address;
  sign(preimage: Hex): Promise<{ r: Hex; s: Hex; yParity: 0 | 1 }>;
}

/** The answer of one node to one request. */
export type NodeAnswer<T> =
  | { readonly endpoint: string; readonly result: T }
  | { readonly endpoint: string; readonly error: unknown };

/**
 * One chain, through the operator's nodes. Every read goes to all of them: no single node is trusted while another
 * answers.
 */
export interface TransactionChain {
  /** In records, logs and metrics. */
  readonly name: string;
  readonly chainId: number;
  /**
   * Asks every node. Never rejects. `onAnswer` gets each answer as it arrives, so that a slow node does not delay the
   * others.
   */
  all<T>(
    method: string,
    params: readonly unknown[],
    onAnswer?: (answer: NodeAnswer<T>) => void,
  ): Promise<readonly NodeAnswer<T>[]>;
  /** The nodes that answer this method in time at present, by name. All of them, when left out. */
  well?(method: string): readonly string[];
}

/** Like pino: an object, then a constant message. */
export interface TransactionLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface TransactionMetrics {
  /** `pegway_transactions_total{chain,outcome}`: the keys of `broadcastOutcomes`, and changes of records. */
  outcome(chain: string, outcome: string): void;
}

/** The newest block as the relayer sees it. `baseFeePerGas` is null before London. */
export interface Head {
  readonly number: bigint;
  readonly baseFeePerGas: bigint | null;
  readonly timestamp: bigint;
}
