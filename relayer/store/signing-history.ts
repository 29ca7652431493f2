import type { Hex } from 'viem';

import type { RecordDatabase } from './record-database.ts';

/** What this signer has signed: one content for each nonce of a lane. */
export interface Journal {
  /**
   * Checks and records, in one step, before anything is signed.
   * @param contents Packed recipient and amount of each nonce, from `firstNonce` on.
   * @returns The first nonce that was signed with another content before; then nothing was recorded.
   * @throws {PegwayError} `disk-full` when it cannot be recorded: then it must not be signed.
   */
  record(laneKey: string, firstNonce: bigint, contents: readonly Hex[]): bigint | undefined;
  /** What was signed for a nonce: packed recipient and amount. */
  get(laneKey: string, nonce: bigint): Hex | undefined;
  /** Forgets what was signed of one nonce: a human has looked, and lets it go on. Answers whether there was anything. */
  accept(laneKey: string, nonce: bigint): boolean;
}

export function openJournal(database: RecordDatabase): Journal {
  database.exec(`
    CREATE TABLE IF NOT EXISTS journal (
      lane TEXT NOT NULL,
      nonce INTEGER NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (lane, nonce)
    ) STRICT, WITHOUT ROWID`);
  const known = database.prepare('SELECT nonce, content FROM journal WHERE lane = ? AND nonce BETWEEN ? AND ?');
  const one = database.prepare('SELECT content FROM journal WHERE lane = ? AND nonce = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO journal (lane, nonce, content) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM journal WHERE lane = ? AND nonce = ?');

  return {
    record(laneKey, firstNonce, contents) {
      const rows = known.all(laneKey, firstNonce, firstNonce + BigInt(contents.length) - 1n);
      const signed = new Map(rows.map((row) => [BigInt(row['nonce'] as number), row['content'] as Hex]));
      const conflict = contents.findIndex((content, index) => {
        const before = signed.get(firstNonce + BigInt(index));
        return before !== undefined && before !== content;
      });
      if (conflict >= 0) return firstNonce + BigInt(conflict);
      if (signed.size === contents.length) return undefined;

      database.transaction(() => {
        contents.forEach((content, index) => insert.run(laneKey, firstNonce + BigInt(index), content));
      });
      return undefined;
    },

    get: (laneKey, nonce) => one.get(laneKey, nonce)?.['content'] as Hex | undefined,

    accept: (laneKey, nonce) => Number(remove.run(laneKey, nonce).changes) > 0,
  };
}
