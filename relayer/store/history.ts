import type { DatabaseSync } from 'node:sqlite';

import type { Address, Hex } from 'viem';

import { type Direction, type Lane, type Status, type Transfer, laneKey } from '../transfer/lane.ts';

/** A transfer as the public API tells it. */
export interface HistoryItem {
  readonly transfer: Transfer;
  readonly status: Status;
  /** The transaction that executed (released, bounced) it, once that is final. */
  readonly executedTransaction: Hex | undefined;
  /** Grows with the order in which this relayer learned of transfers; the cursor of a listing. */
  readonly id: number;
}

export interface HistoryFilter {
  readonly account?: Address | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
  readonly limit: number;
  /** Items older than this one. */
  readonly before?: number | undefined;
}

/** What this relayer has seen, for people; nothing is decided by it. */
export interface History {
  add(transfer: Transfer, status: Status): void;
  settle(lane: Lane, nonce: bigint, status: Status, transaction: Hex): void;
  get(lane: Lane, nonce: bigint): HistoryItem | undefined;
  list(filter: HistoryFilter): HistoryItem[];
  /** The lowest nonce of a lane from which on nothing is missing. */
  oldest(lane: Lane): bigint | undefined;
}

type Row = Record<string, string | number | null>;

export function openHistory(database: DatabaseSync): History {
  database.exec(`
    CREATE TABLE IF NOT EXISTS transfers (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      lane TEXT NOT NULL, direction TEXT NOT NULL, token TEXT NOT NULL, nonce INTEGER NOT NULL,
      sender TEXT NOT NULL, recipient TEXT NOT NULL, source_amount TEXT NOT NULL, amount TEXT NOT NULL,
      previous_block INTEGER NOT NULL, block INTEGER NOT NULL, hash TEXT NOT NULL,
      status TEXT NOT NULL, executed_hash TEXT,
      UNIQUE (lane, nonce)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS transfers_sender ON transfers (sender, id);
    CREATE INDEX IF NOT EXISTS transfers_recipient ON transfers (recipient, id)`);
  const insert = database.prepare(`
    INSERT OR IGNORE INTO transfers
      (lane, direction, token, nonce, sender, recipient, source_amount, amount, previous_block, block, hash, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const update = database.prepare('UPDATE transfers SET status = ?, executed_hash = ? WHERE lane = ? AND nonce = ?');
  const one = database.prepare('SELECT * FROM transfers WHERE lane = ? AND nonce = ?');
  const lowest = database.prepare('SELECT min(nonce) AS nonce FROM transfers WHERE lane = ?');
  const many = database.prepare(`
    SELECT * FROM transfers
    WHERE (:account IS NULL OR sender = :account OR recipient = :account)
      AND (:direction IS NULL OR direction = :direction)
      AND (:status IS NULL OR status = :status)
      AND (:before IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit`);

  return {
    add(transfer, status) {
      const { lane, nonce, sender, recipient, sourceAmount, amount } = transfer;
      const amounts = [sourceAmount.toString(), amount.toString()] as const;
      const where = [transfer.previousBlock, transfer.blockNumber, transfer.transactionHash] as const;
      insert.run(
        laneKey(lane),
        lane.direction,
        lane.productToken,
        nonce,
        sender,
        recipient,
        ...amounts,
        ...where,
        status,
      );
    },

    settle(lane, nonce, status, transaction) {
      update.run(status, transaction, laneKey(lane), nonce);
    },

    get(lane, nonce) {
      const row = one.get(laneKey(lane), nonce);
      return row === undefined ? undefined : toItem(row as Row);
    },

    list({ account, direction, status, before, limit }) {
      const rows = many.all({
        account: account ?? null,
        direction: direction ?? null,
        status: status ?? null,
        before: before ?? null,
        limit,
      });
      return rows.map((row) => toItem(row as Row));
    },

    oldest(lane) {
      const nonce = lowest.get(laneKey(lane))?.['nonce'];
      return typeof nonce === 'number' ? BigInt(nonce) : undefined;
    },
  };
}

const toItem = (row: Row): HistoryItem => ({
  id: Number(row['id']),
  status: row['status'] as Status,
  executedTransaction: (row['executed_hash'] ?? undefined) as Hex | undefined,
  transfer: {
    lane: { direction: row['direction'] as Direction, productToken: row['token'] as Address },
    nonce: BigInt(row['nonce'] ?? 0),
    sender: row['sender'] as Address,
    recipient: row['recipient'] as Address,
    sourceAmount: BigInt(row['source_amount'] ?? 0),
    amount: BigInt(row['amount'] ?? 0),
    previousBlock: BigInt(row['previous_block'] ?? 0),
    blockNumber: BigInt(row['block'] ?? 0),
    transactionHash: row['hash'] as Hex,
  },
});
