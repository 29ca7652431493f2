import type { Address, Hex } from 'viem';

import type { BroadcastOutcome } from './broadcast-errors.ts';

/** What someone wants sent, once. */
export interface Intent {
  /** Names it: a second submit with the key of a live record returns that record. */
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

/** One signed form of a record. Each may be the one that is mined, so none is forgotten before the nonce is settled. */
export interface Version {
  readonly hash: Hex;
  readonly raw: Hex;
  readonly fees: Fees;
  readonly gas: bigint;
  /** The head when it was signed. */
  readonly block: bigint;
  /** What the nodes made of it when it was last sent; null until then. */
  readonly answer: BroadcastOutcome | null;
}

export interface BlockId {
  readonly number: bigint;
  readonly hash: Hex;
}

/** Why a record is not moving, in the words of `transfer/reasons.ts`. */
export type Hold = 'fee-cap' | 'low-funds';

/** Why a record was given up. Its owner may submit again, after a look at the bridge. */
export type AbandonReason = 'foreign-nonce' | BroadcastOutcome;

/** One nonce of one account, from before its first broadcast until it can no longer change. */
export interface TransactionRecord extends Intent {
  readonly chain: string;
  readonly account: Address;
  readonly nonce: number;
  /**
   * `mined`: in a block, which may yet be reorganised. `settled`: past that; the highest is kept so that a lagging node
   * cannot talk the lane into using a nonce twice.
   */
  readonly status: 'pending' | 'mined' | 'settled';
  /** Fills a nonce that nothing else wants, so that those above it can be mined. */
  readonly filler: boolean;
  /** Oldest first, fees rising, never empty. */
  readonly versions: readonly [Version, ...Version[]];
  readonly held: Hold | null;
  readonly mined: BlockId | null;
  /** When it was last sent, by this process's monotonic clock; not kept across restarts. */
  readonly sent: { readonly block: bigint; readonly at: number } | null;
}

/** The most that a transaction can cost. The lane sends no value. */
export const costOf = (gas: bigint, fees: Fees): bigint => gas * fees.maxFeePerGas;

export const newestVersion = (record: TransactionRecord): Version => record.versions.at(-1) ?? record.versions[0];

/** Durable records: what is saved here survives a crash. Each call is done when it returns. */
export interface TransactionStore {
  load(chain: string, account: Address): readonly TransactionRecord[];
  save(record: TransactionRecord): void;
  remove(record: TransactionRecord): void;
}

/** The records of one account: in memory for reading, in the store before anything is done by them. */
export interface Records {
  all(): readonly TransactionRecord[];
  pending(): readonly TransactionRecord[];
  get(nonce: number): TransactionRecord | undefined;
  /** The record that carries an intent and may still change. */
  active(key: string): TransactionRecord | undefined;
  put(record: TransactionRecord): void;
  /** For what is not worth a write, such as when it was last sent. */
  putInMemory(record: TransactionRecord): void;
  drop(record: TransactionRecord): void;
  /** Keeps of all settled records only the highest. */
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
