import type { Address } from 'viem';

import type { TransactionStore } from './ports.ts';
import type { TransactionRecord } from './record.ts';

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
