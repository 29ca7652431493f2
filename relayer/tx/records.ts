import type { Address, Hex } from 'viem';

import type { BroadcastOutcome } from './broadcast-errors.ts';

/** A transaction to send, once. */
export interface Intent {
  /** Idempotency key: a second submit with the key of an active record returns that record. */
  readonly key: string;
  readonly to: Address;
  readonly data: Hex;
  readonly gas: bigint;
  /** For logs. */
  readonly note: Record<string, string | number>;
}

/** Before London both fees are the gas price. */
export interface Fees {
  readonly legacy: boolean;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** One signed form of a record. Any of them may be mined, so all are kept until the nonce is settled. */
export interface Version {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly fees: Fees;
  readonly gas: bigint;
  /** The head when it was signed. */
  readonly block: bigint;
  /** The outcome of the last broadcast; null before the first. */
  readonly answer: BroadcastOutcome | null;
}

export interface BlockId {
  readonly number: bigint;
  readonly hash: Hex;
}

/** Why a record waits, as in `protocol/reasons.ts`. */
export type Hold = 'fee-cap' | 'low-funds';

/** Why a record was abandoned. Its owner may submit again, after checking the bridge. */
export type AbandonReason = 'foreign-nonce' | BroadcastOutcome;

/** One nonce of one account, from before its first broadcast until it can no longer change. */
export interface TransactionRecord extends Intent {
  readonly chain: string;
  readonly account: Address;
  readonly nonce: number;
  /**
   * `mined`: in a block that may be reorged. `settled`: final. The highest settled record is kept, so that a lagging
   * node cannot cause the reuse of a nonce.
   */
  readonly status: 'pending' | 'mined' | 'settled';
  /** Fills a nonce gap, so that the transactions above can be mined. */
  readonly filler: boolean;
  /** Oldest first, fees rising, never empty. */
  readonly versions: readonly [Version, ...Version[]];
  readonly held: Hold | null;
  readonly mined: BlockId | null;
  /** The last broadcast, by the monotonic clock of this process. Not saved. */
  readonly sent: { readonly block: bigint; readonly at: number } | null;
}

/** The highest possible cost of a transaction, in wei. It carries no value. */
export const costOf = (gas: bigint, fees: Fees): bigint => gas * fees.maxFeePerGas;

export const newestVersion = (record: TransactionRecord): Version => record.versions.at(-1) ?? record.versions[0];

/** Durable records: each call has been written to disk when it returns. */
export interface TransactionStore {
  load(chain: string, account: Address): readonly TransactionRecord[];
  save(record: TransactionRecord): void;
  remove(record: TransactionRecord): void;
}

/** The records of one account: read from memory, saved before anything acts on them. */
export interface Records {
  all(): readonly TransactionRecord[];
  pending(): readonly TransactionRecord[];
  get(nonce: number): TransactionRecord | undefined;
  /** The record with this key that may still change. */
  active(key: string): TransactionRecord | undefined;
  put(record: TransactionRecord): void;
  /** Changes memory only: for fields that need no write, such as the time of the last broadcast. */
  putInMemory(record: TransactionRecord): void;
  drop(record: TransactionRecord): void;
  /** Deletes all settled records but the highest. */
  prune(): void;
}

export function openRecords(store: TransactionStore, chain: string, account: Address): Records {
  const records = new Map<number, TransactionRecord>();
  for (const record of store.load(chain, account)) records.set(record.nonce, record);

  const all = (): TransactionRecord[] => [...records.values()].toSorted((a, b) => a.nonce - b.nonce);

  const drop = (record: TransactionRecord): void => {
    store.remove(record);
    records.delete(record.nonce);
  };

  return {
    all,
    drop,

    pending() {
      return all().filter(({ status }) => status === 'pending');
    },

    get(nonce) {
      return records.get(nonce);
    },

    active(key) {
      return all().find((record) => record.key === key && record.status !== 'settled');
    },

    put(record) {
      store.save(record);
      records.set(record.nonce, record);
    },

    putInMemory(record) {
      records.set(record.nonce, record);
    },

    prune() {
      all()
        .filter(({ status }) => status === 'settled')
        .slice(0, -1)
        .forEach(drop);
    },
  };
}
