import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

import type { Address, Hex } from 'viem';

import type { Direction, Status, Transfer } from '../transfer/lane.ts';

/** A transfer as it is remembered. */
export interface HistoryItem {
  readonly id: number;
  readonly transfer: Transfer;
  readonly status: Status;
  /** Of the source block, in seconds. */
  readonly departedAt: bigint;
  readonly executedTransaction: Hex | undefined;
  readonly executedBlock: bigint | undefined;
  readonly executedAt: bigint | undefined;
  /** Bit i: signer i counted. */
  readonly signerMask: number | undefined;
}

/** Where a page ended: the next one holds what is older. */
export interface Page {
  readonly at: bigint;
  readonly id: number;
}

export interface HistoryFilter {
  readonly account?: Address | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
  readonly limit: number;
  readonly before?: Page | undefined;
}

type Row = Record<string, string | number | null>;

const columns = `
  t.*, s.hash AS settled_hash, s.block AS settled_block, s.at AS settled_at, s.signer_mask AS signer_mask
  FROM history_transfers t LEFT JOIN history_settlements s ON s.lane = t.lane AND s.nonce = t.nonce`;

export function openHistoryQueries(database: DatabaseSync) {
  const one = database.prepare(`SELECT ${columns} WHERE t.lane = ? AND t.nonce = ?`);

  return {
    get(lane: string, nonce: bigint): HistoryItem | undefined {
      const row = one.get(lane, nonce);
      return row === undefined ? undefined : toItem(row as Row);
    },

    /** Newest departure first. */
    list(filter: HistoryFilter): HistoryItem[] {
      const { account } = filter;
      if (account === undefined) return select(database, filter);
      // Each by its own index, then merged: an OR would read all that the account ever did.
      const sent = select(database, filter, { column: 'sender', account });
      const received = select(database, filter, { column: 'recipient', account });
      const byId = new Map([...sent, ...received].map((item) => [item.id, item]));
      return [...byId.values()].sort(newestFirst).slice(0, filter.limit);
    },
  };
}

const newestFirst = (a: HistoryItem, b: HistoryItem): number =>
  a.departedAt === b.departedAt ? b.id - a.id : a.departedAt > b.departedAt ? -1 : 1;

function select(
  database: DatabaseSync,
  { direction, status, before, limit }: HistoryFilter,
  party?: { readonly column: 'sender' | 'recipient'; readonly account: Address },
): HistoryItem[] {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const where = (condition: string, ...of: SQLInputValue[]) => {
    conditions.push(condition);
    values.push(...of);
  };
  if (party !== undefined) where(`t.${party.column} = ?`, party.account);
  if (direction !== undefined) where('t.direction = ?', direction);
  if (status !== undefined) where('t.status = ?', status);
  if (before !== undefined) where('(t.at, t.id) < (?, ?)', before.at, before.id);

  const filter = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const query = database.prepare(`SELECT ${columns} ${filter} ORDER BY t.at DESC, t.id DESC LIMIT ?`);
  return query.all(...values, limit).map((row) => toItem(row as Row));
}

const toItem = (row: Row): HistoryItem => ({
  id: Number(row['id']),
  status: row['status'] as Status,
  departedAt: BigInt(row['at'] ?? 0),
  executedTransaction: (row['settled_hash'] ?? undefined) as Hex | undefined,
  executedBlock: bigintOf(row['settled_block']),
  executedAt: bigintOf(row['settled_at']),
  signerMask: typeof row['signer_mask'] === 'number' ? row['signer_mask'] : undefined,
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

const bigintOf = (value: string | number | null | undefined): bigint | undefined =>
  typeof value === 'number' ? BigInt(value) : undefined;
