import type { DatabaseSync } from 'node:sqlite';

import { broadcastOutcomes } from './broadcast-errors.ts';
import type { TransactionRecord, TransactionStore, Version } from './records.ts';

/*
 * Transaction records in SQLite. A record is saved before its first broadcast, so a crash leaves no unknown transaction
 * in a pool. Losing the table costs time, never money: see `recover` in account-tracker.ts.
 */

// Few records, always read by account: one JSON column beside the key is enough.
const table = `
  CREATE TABLE IF NOT EXISTS transactions (
    chain TEXT NOT NULL,
    account TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (chain, account, nonce)
  ) STRICT`;

export function createTransactionStore(database: DatabaseSync): TransactionStore {
  database.exec(table);
  const load = database.prepare('SELECT record FROM transactions WHERE chain = ? AND account = ? ORDER BY nonce');
  const save = database.prepare(
    `INSERT INTO transactions (chain, account, nonce, key, status, record) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (chain, account, nonce) DO UPDATE SET key = excluded.key, status = excluded.status, record = excluded.record`,
  );
  const remove = database.prepare('DELETE FROM transactions WHERE chain = ? AND account = ? AND nonce = ?');

  return {
    load(chain, account) {
      return load.all(chain, account.toLowerCase()).map(({ record }) => parse(String(record)));
    },

    save(record) {
      const { chain, nonce, key, status } = record;
      save.run(chain, record.account.toLowerCase(), nonce, key, status, serialise(record));
    },

    remove(record) {
      remove.run(record.chain, record.account.toLowerCase(), record.nonce);
    },
  };
}

/** JSON has no bigint: written as `"123n"`, which no other field of a record looks like. */
function serialise(record: TransactionRecord): string {
  const { note, ...rest } = record;
  // The note is the caller's text, so it is kept apart from the bigint rule. `sent` is by the clock of this process.
  const body = JSON.stringify({ ...rest, sent: null }, (_, value: unknown) =>
    typeof value === 'bigint' ? `${value.toString()}n` : value,
  );
  return JSON.stringify({ body, key: record.key, note });
}

function parse(text: string): TransactionRecord {
  const { body, key, note } = JSON.parse(text) as { body: string } & Pick<TransactionRecord, 'key' | 'note'>;
  const record = JSON.parse(body, (_, value: unknown) =>
    typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
  ) as TransactionRecord;
  const [first, ...rest] = record.versions;
  // A key such as `5n` is the caller's text, too.
  return { ...record, key, note, versions: [withKnownOutcome(first), ...rest.map(withKnownOutcome)] };
}

/** Outcomes of an earlier release may have other names. */
function withKnownOutcome(version: Version): Version {
  return version.answer === null || Object.hasOwn(broadcastOutcomes, version.answer)
    ? version
    : { ...version, answer: 'unknown' };
}
