import type { Address, Hex } from 'viem';

import {
  type Lane,
  type Side,
  type Status,
  type Transfer,
  destinationOf,
  laneKey,
  sourceOf,
} from '../../protocol/lane.ts';
import { type Activity, openActivity } from './activity.ts';
import { type HistoryFilter, type HistoryItem, openHistoryQueries } from './history-query.ts';
import { type EventStore, openEventStore } from './event-store.ts';
import { historySchema } from './history-schema.ts';
import { type HistoryTotals, type TotalsChange, openHistoryTotals } from './history-totals.ts';
import type { RecordDatabase } from './record-database.ts';
import { type SignatureCounts, openSignatureCounts } from './signature-counts.ts';

export type { HistoryFilter, HistoryItem, Page } from './history-query.ts';

/** The end of a transfer, from a final block of its destination. */
export interface Settlement {
  readonly status: Extract<Status, 'executed' | 'bounced'>;
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
  /** Of the block, in seconds. */
  readonly at: bigint;
  /** Bit i: signer i counted; undefined for a release. */
  readonly signerMask: number | undefined;
}

/** A contiguous range of final blocks that were read, both ends included. */
export interface BlockRange {
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The transfers that this relayer has indexed, for display. Nothing is decided by it, and it can be rebuilt from the
 * chains. Writes are idempotent, and departures and settlements may come in any order.
 */
export interface History {
  /**
   * Writes everything in `action` atomically. Without it each write is a transaction of its own, which is much slower.
   */
  transaction(action: () => void): void;
  /** @param standing The current status; a known settlement takes precedence. */
  addDeparture(transfer: Transfer, at: bigint, standing: Status): void;
  /** @param nonces The transfers of the lane that ended so together; those with a known settlement keep it. */
  addSettlements(lane: Lane, nonces: Iterable<bigint>, settlement: Settlement): void;
  /** A fee taken at departure, once for each. `at` of the block, in seconds. */
  addFee(lane: Lane, fee: bigint, at: bigint): void;
  /** The cost of a transaction in wei; undefined when no node has the transaction any more. */
  setPrice(hash: Hex, wei: bigint | undefined): void;
  /** Marks a transfer as parked, or as open again. */
  setStatus(lane: Lane, nonce: bigint, status: Extract<Status, 'open' | 'parked'>): void;
  /**
   * Marks as executed all open and parked transfers that the bridges no longer have: they were executed while this
   * relayer was down.
   */
  reconcile(lane: Lane, standing: (nonce: bigint) => Status): void;
  get(lane: Lane, nonce: bigint): HistoryItem | undefined;
  list(filter: HistoryFilter): HistoryItem[];
  /** The lowest nonce from which no departure below `end` is missing; `end` when none is known. */
  completeFrom(lane: Lane, end: bigint): bigint;
  /** The number of the lane's transfers below `end` with a settlement. */
  countSettled(lane: Lane, end: bigint): number;
  coveredRange(side: Side): BlockRange | undefined;
  setCoveredRange(side: Side, range: BlockRange): void;
  readonly totals: HistoryTotals;
  readonly activity: Pick<Activity, 'rows' | 'unpriced'>;
  readonly signatures: SignatureCounts;
  readonly events: EventStore;
}

export interface HistoryOptions {
  readonly database: RecordDatabase;
  /** Identifies the pair of bridges: history of another pair is deleted. */
  readonly deployment: string;
  /** Deposits by the bridge itself are bounces, which do not change the collateral. */
  readonly mainBridge: Address;
}

type Row = Record<string, string | number | null>;

export function openHistory({ database, deployment, mainBridge }: HistoryOptions): History {
  database.exec(historySchema);
  clearOtherDeployments(database, deployment);

  const depart = database.prepare(`
    INSERT OR IGNORE INTO history_transfers
      (lane, direction, token, nonce, sender, recipient, source_amount, amount, previous_block, block, at, hash, status)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  // One statement for all transfers of an execution: a call for each costs more than the write itself.
  const settle = database.prepare(`
    INSERT OR IGNORE INTO history_settlements (lane, nonce, status, hash, block, at, signer_mask)
    SELECT :lane, value, :status, :hash, :block, :at, :mask FROM json_each(:nonces) RETURNING nonce`);
  const setStatuses = database.prepare(`
    UPDATE history_transfers SET status = :status
    WHERE lane = :lane AND nonce IN (SELECT value FROM json_each(:nonces)) RETURNING sender, amount, at`);
  const settlementOf = database.prepare('SELECT * FROM history_settlements WHERE lane = ? AND nonce = ?');
  const setStatus = database.prepare('UPDATE history_transfers SET status = ? WHERE lane = ? AND nonce = ?');
  const unsettled = database.prepare(
    // The second condition is that of the index.
    `SELECT nonce FROM history_transfers
      WHERE direction = ? AND status IN ('open', 'parked') AND status <> 'executed' AND +lane = ?`,
  );
  const known = database.prepare(
    'SELECT count(*) AS known FROM history_transfers WHERE lane = ? AND nonce >= ? AND nonce < ?',
  );
  const count = database.prepare('SELECT lane, count(*) AS settled FROM history_settlements GROUP BY lane');
  const countFrom = database.prepare(
    'SELECT count(*) AS settled FROM history_settlements WHERE lane = ? AND nonce >= ?',
  );
  const readCovered = database.prepare('SELECT low, high FROM history_covered WHERE side = ?');
  const writeCovered = database.prepare('INSERT OR REPLACE INTO history_covered (side, low, high) VALUES (?, ?, ?)');

  const queries = openHistoryQueries(database);
  const totals = openHistoryTotals(database);
  const activity = openActivity(database);
  const lowestKnown = new Map<string, bigint>();
  const countSettled = () => new Map(count.all().map((row) => [row['lane'] as string, Number(row['settled'])]));
  let settledCounts = countSettled();

  const departureChange = ({ lane, sender, sourceAmount, blockNumber }: Transfer): Omit<TotalsChange, 'at'> => ({
    side: sourceOf(lane.direction),
    block: blockNumber,
    locked: lane.direction === 'mint' && !isReturn(sender) ? sourceAmount : 0n,
    supply: lane.direction === 'withdraw' ? -sourceAmount : 0n,
  });
  const settlementChange = (
    { lane, amount }: Pick<Transfer, 'lane' | 'amount'>,
    { status, blockNumber }: Settlement,
  ) => ({
    side: lane.direction === 'mint' ? ('product' as const) : ('main' as const),
    block: blockNumber,
    locked: lane.direction === 'withdraw' && status === 'executed' ? -amount : 0n,
    supply: lane.direction === 'mint' && status === 'executed' ? amount : 0n,
  });

  let inTransaction = false;
  const transaction = (action: () => void): void => {
    if (inTransaction) return action();
    inTransaction = true;
    try {
      database.transaction(() => {
        action();
        totals.write();
        activity.write();
      });
    } catch (error) {
      totals.discard();
      activity.discard();
      settledCounts = countSettled();
      throw error;
    } finally {
      inTransaction = false;
    }
  };

  /** A deposit by the bridge itself returns a redeem: no departure of a holder, and no arrival for one. */
  const isReturn = (sender: Address): boolean => sender === mainBridge;

  const insertDeparture = (transfer: Transfer, at: bigint, standing: Status): void => {
    const { lane, nonce, sender, recipient, sourceAmount, amount } = transfer;
    const key = laneKey(lane);
    const found = settlementOf.get(key, nonce);
    const known = found === undefined ? undefined : toSettlement(found as Row);
    const { changes } = depart.run(
      ...[key, lane.direction, lane.productToken, nonce, sender, recipient],
      ...[sourceAmount.toString(), amount.toString()],
      ...[transfer.previousBlock, transfer.blockNumber, at, transfer.transactionHash, known?.status ?? standing],
    );
    if (changes === 0) return;
    totals.add(lane.productToken, { at, ...departureChange(transfer) });
    if (known !== undefined) totals.add(lane.productToken, { at: known.at, ...settlementChange(transfer, known) });
    if (isReturn(sender)) return;
    activity.add(lane, at, { departed: 1, volume: lane.direction === 'mint' ? sourceAmount : amount });
    if (known?.status === 'executed') activity.arrive(lane, known.at, known.at - at);
  };

  const insertSettlements = (lane: Lane, nonces: Iterable<bigint>, settlement: Settlement): void => {
    const key = laneKey(lane);
    const { status, transactionHash: hash, blockNumber: block, at, signerMask: mask = null } = settlement;
    const added = settle.all({ lane: key, status, hash, block, at, mask, nonces: jsonOf(nonces) });
    if (added.length === 0) return;
    settledCounts.set(key, (settledCounts.get(key) ?? 0) + added.length);
    activity.spend(destinationOf(lane.direction), hash, lane, at, added.length);
    const settled = jsonOf(added.map((row) => row['nonce'] as number));
    for (const row of setStatuses.all({ lane: key, status, nonces: settled })) {
      const amount = BigInt(row['amount'] as string);
      totals.add(lane.productToken, { at, ...settlementChange({ lane, amount }, settlement) });
      if (isReturn(row['sender'] as Address) || status !== 'executed') continue;
      activity.arrive(lane, at, at - BigInt(row['at'] as number));
    }
  };

  return {
    transaction,
    addDeparture: (transfer, at, standing) => transaction(() => insertDeparture(transfer, at, standing)),
    addSettlements: (lane, nonces, settlement) => transaction(() => insertSettlements(lane, nonces, settlement)),

    addFee: (lane, fee, at) => transaction(() => activity.add(lane, at, { fees: fee })),
    setPrice: (hash, wei) => transaction(() => activity.price(hash, wei)),

    setStatus: (lane, nonce, status) => void setStatus.run(status, laneKey(lane), nonce),

    reconcile(lane, standing) {
      const key = laneKey(lane);
      for (const row of unsettled.all(lane.direction, key)) {
        const nonce = BigInt(row['nonce'] as number);
        const status = standing(nonce);
        if (status === 'executed') setStatus.run(status, key, nonce);
      }
    },

    get: (lane, nonce) => queries.get(laneKey(lane), nonce),

    list: (filter) => queries.list(filter),

    completeFrom(lane, end) {
      const key = laneKey(lane);
      let nonce = lowestKnown.get(key) ?? end;
      const isContiguous = (from: bigint) => BigInt(known.get(key, from, nonce)?.['known'] as number) === nonce - from;
      // Galloping search: doubling steps down, then halving ones. After a start a million nonces may be below.
      let step = 1n;
      for (; nonce > 0n && isContiguous(nonce > step ? nonce - step : 0n); step *= 2n)
        nonce = nonce > step ? nonce - step : 0n;
      for (; step > 0n && nonce > 0n; step /= 2n) if (nonce >= step && isContiguous(nonce - step)) nonce -= step;
      lowestKnown.set(key, nonce);
      return nonce;
    },

    countSettled(lane, end) {
      const key = laneKey(lane);
      return (settledCounts.get(key) ?? 0) - Number(countFrom.get(key, end)?.['settled'] ?? 0);
    },

    coveredRange(side) {
      const row = readCovered.get(side);
      return row === undefined ? undefined : { low: BigInt(row['low'] as number), high: BigInt(row['high'] as number) };
    },

    setCoveredRange: (side, { low, high }) => void writeCovered.run(side, low, high),

    ...{ totals, activity },
    signatures: openSignatureCounts(database),

    events: openEventStore(database),
  };
}

const tables = [
  ...['transfers', 'settlements', 'changes', 'activity', 'unpriced', 'signatures'],
  ...['events', 'events_kept', 'covered', 'deployment'],
] as const;

/** Raised with every table that is filled from events: a history without it is indexed again. */
const VERSION = 3;

/** Deletes the history of another pair of bridges, or of an earlier release. */
function clearOtherDeployments(database: RecordDatabase, deployment: string): void {
  const name = `${deployment}#${VERSION}`;
  const row = database.prepare('SELECT name FROM history_deployment').get();
  if (row?.['name'] === name) return;
  for (const table of tables) database.exec(`DELETE FROM history_${table}`);
  database.prepare('INSERT INTO history_deployment (name) VALUES (?)').run(name);
}

const jsonOf = (nonces: Iterable<bigint | number>): string => `[${[...nonces].join()}]`;

const toSettlement = (row: Row): Settlement => ({
  status: row['status'] as Settlement['status'],
  transactionHash: row['hash'] as Hex,
  blockNumber: BigInt(row['block'] ?? 0),
  at: BigInt(row['at'] ?? 0),
  signerMask: row['signer_mask'] === null ? undefined : Number(row['signer_mask']),
});
