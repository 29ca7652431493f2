import type { Hex } from 'viem';

import type { RecordDatabase } from './record-database.ts';

/**
 * The content that this signer has signed for each nonce of a lane: packed recipient and amount, 36 bytes. It guards against
 * equivocation, as a second line: losing it costs the warning of a second content, never money.
 */
export interface SigningHistory {
  /**
   * Checks and records in one transaction, before anything is signed.
   * @param contents Packed recipient and amount of each nonce, from `firstNonce` on.
   * @returns The first nonce that was signed with another content before; nothing is recorded then.
   * @throws {PegwayError} `disk-full` when it cannot be recorded: then it must not be signed.
   */
  record(laneKey: string, firstNonce: bigint, contents: readonly Hex[]): bigint | undefined;
  /** The content that was signed for a nonce. */
  get(laneKey: string, nonce: bigint): Hex | undefined;
  /** Forgets the content signed for one nonce, once an operator has accepted another. Returns whether there was one. */
  accept(laneKey: string, nonce: bigint): boolean;
}

/** Opens the history in the records database. The table keeps the name and layout it has had since the first release. */
export function openSigningHistory(database: RecordDatabase): SigningHistory {
  database.exec(`
    CREATE TABLE IF NOT EXISTS journal (
      lane TEXT NOT NULL,
      nonce INTEGER NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (lane, nonce)
    ) STRICT, WITHOUT ROWID`);
  const known = database.prepare('SELECT nonce, content FROM journal WHERE lane = ? AND nonce BETWEEN ? AND ?');
  const one = database.prepare('SELECT content FROM journal WHERE lane = ? AND nonce = ?');
  const insert = database.prepare('INSERT INTO journal (lane, nonce, content) VALUES (?, ?, ?)');
  const remove = database.prepare('DELETE FROM journal WHERE lane = ? AND nonce = ?');

  /** The new entries among the contents, or the first nonce that contradicts the history. */
  const compare = (laneKey: string, firstNonce: bigint, contents: readonly Hex[]) => {
    const rows = known.all(laneKey, firstNonce, firstNonce + BigInt(contents.length) - 1n);
    const signed = new Map(rows.map((row) => [BigInt(row['nonce'] as number), row['content'] as Hex]));
    const items = contents.map((content, index) => ({ nonce: firstNonce + BigInt(index), content }));
    const conflict = items.find(({ nonce, content }) => (signed.get(nonce) ?? content) !== content)?.nonce;
    return { conflict, added: items.filter(({ nonce }) => !signed.has(nonce)) };
  };

  return {
    record(laneKey, firstNonce, contents) {
      // Repeated requests are the common case, and need no write: not even on a full disk.
      const before = compare(laneKey, firstNonce, contents);
      if (before.conflict !== undefined || before.added.length === 0) return before.conflict;

      let conflict: bigint | undefined;
      database.transaction(() => {
        // Read again: until the transaction began, another process could write.
        const now = compare(laneKey, firstNonce, contents);
        conflict = now.conflict;
        if (conflict !== undefined) return;
        for (const { nonce, content } of now.added) insert.run(laneKey, nonce, content);
      });
      return conflict;
    },

    get: (laneKey, nonce) => one.get(laneKey, nonce)?.['content'] as Hex | undefined,

    accept: (laneKey, nonce) => Number(remove.run(laneKey, nonce).changes) > 0,
  };
}
