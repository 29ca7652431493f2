import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { Address, Hex } from 'viem';

import { type Direction, type Status, type Transfer, directions, statuses } from '../../protocol/lane.ts';

/** A stored transfer. */
export interface HistoryItem {
  readonly id: number;
  readonly transfer: Omit<Transfer, 'blockHash'>;
  readonly status: Status;
  /** Of the source block, in seconds. */
  readonly departedAt: bigint;
  readonly executedTransaction: Hex | undefined;
  readonly executedBlock: bigint | undefined;
  readonly executedAt: bigint | undefined;
  /** Bit i: signer i counted. */
  readonly signerMask: number | undefined;
}

/** The end of a page; the next page starts below it. */
export interface Page {
  readonly at: bigint;
  readonly id: number;
}

export interface HistoryFilter {
  readonly account?: Address | undefined;
  /** Not together with `account`: no index orders both. */
  readonly productToken?: Address | undefined;
  readonly direction?: Direction | undefined;
  readonly status?: Status | undefined;
  readonly limit: number;
  readonly before?: Page | undefined;
}

type Row = Record<string, string | number | null>;

const columns = `
  t.*, s.hash AS settled_hash, s.block AS settled_block, s.at AS settled_at, s.signer_mask AS signer_mask
  FROM history_transfers t LEFT JOIN history_settlements s ON s.lane = t.lane AND s.nonce = t.nonce`;

/** Above every item. */
const NEWEST: Page = { at: 2n ** 62n, id: Number.MAX_SAFE_INTEGER };

export function openHistoryQueries(database: DatabaseSync) {
  const byNonce = database.prepare(`SELECT ${columns} WHERE t.lane = ? AND t.nonce = ?`);
  const byId = database.prepare(`SELECT ${columns} WHERE t.id = ?`);
  const pages = new Map<string, StatementSync>();

  const page = (filter: HistoryFilter): StatementSync => {
    const query = pageQuery(filter);
    const statement = pages.get(query) ?? database.prepare(query);
    pages.set(query, statement);
    return statement;
  };

  return {
    get(lane: string, nonce: bigint): HistoryItem | undefined {
      const row = byNonce.get(lane, nonce);
      return row === undefined ? undefined : toItem(row as Row);
    },

    /** Newest departure first. */
    list(filter: HistoryFilter): HistoryItem[] {
      const { account, productToken, limit, before = NEWEST } = filter;
      const parameters = {
        ...{ ...before, limit },
        ...(account === undefined ? {} : { account }),
        ...(productToken === undefined ? {} : { productToken }),
      };
      return page(filter)
        .all(parameters)
        .map(({ id }) => toItem(byId.get(id ?? null) as Row));
    },
  };
}

/**
 * Selects a page, newest first. An index is ordered only within one direction (and one party), so every combination
 * that the filter leaves open is a separate search, and SQLite merges them lazily: it reads only the rows of the page.
 * Executed transfers are found among all, as nearly all are executed. Those with another status have an index of their
 * own, since a search among all would scan a whole history for a few open transfers.
 */
export function pageQuery({
  account,
  productToken,
  direction,
  status,
}: Omit<HistoryFilter, 'limit' | 'before'>): string {
  // SECURITY: taken from fixed lists, so that no text of a request reaches the query.
  const ofDirections = directions.filter((each) => direction === undefined || each === direction);
  const ofStatus = statuses.find((each) => each === status);
  const isRare = ofStatus !== undefined && ofStatus !== 'executed';
  const parties = isRare ? [anyParty(account, productToken)] : eachParty(account, productToken);
  const statusIs = ofStatus === undefined ? '' : ` AND status = '${ofStatus}'`;
  // SQLite chooses a partial index only for its own condition.
  const index = isRare ? " AND status <> 'executed'" : '';
  const searches = parties.flatMap((party) =>
    ofDirections.map(
      (one) =>
        `SELECT at, id FROM history_transfers
          WHERE ${party}direction = '${one}'${statusIs}${index} AND (at, id) < (:at, :id)`,
    ),
  );
  return `${searches.join(' UNION ')} ORDER BY at DESC, id DESC LIMIT :limit`;
}

/** One condition for each index of a party. */
function eachParty(account: Address | undefined, productToken: Address | undefined): string[] {
  if (account !== undefined) return ['sender = :account AND ', 'recipient = :account AND recipient <> sender AND '];
  return [productToken === undefined ? '' : 'token = :productToken AND '];
}

/** The same as one condition. The plus signs keep SQLite from the indexes of parties. */
function anyParty(account: Address | undefined, productToken: Address | undefined): string {
  if (account !== undefined) return '(+sender = :account OR +recipient = :account) AND ';
  return productToken === undefined ? '' : '+token = :productToken AND ';
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
