import type { DatabaseSync } from 'node:sqlite';

import type { Address, Hex } from 'viem';

import { type Period, periodOf, periods } from '../../protocol/activity.ts';
import type { Direction, Lane, Side } from '../../protocol/lane.ts';
import { addTo, count, formatHistogram, parseHistogram } from './histogram.ts';

/** Sums over the transfers of one lane. */
export interface ActivityFigures {
  departed: number;
  /** Of what departed, in main base units. */
  volume: bigint;
  /** Taken at departure, in base units of the departing token. */
  fees: bigint;
  arrived: number;
  /** Seconds from departure to arrival, of those that arrived. */
  readonly times: number[];
  /** Paid for the transactions that ended transfers, in wei of the destination chain. */
  gas: bigint;
  /** Number of transfers that `gas` was paid for: transactions are priced some time after they are final. */
  priced: number;
}

/** Figures of one lane in one period. */
export interface ActivityRow extends Lane, ActivityFigures {
  /** Number of the period. */
  readonly number: bigint;
}

export interface ActivityFilter {
  readonly period: Period;
  /** Numbers of the first and the last period. */
  readonly first: bigint;
  readonly last: bigint;
  readonly productToken?: Address | undefined;
  readonly direction?: Direction | undefined;
  /** The most rows. */
  readonly limit: number;
}

/** A transaction that ended transfers, and was not priced yet. */
export interface UnpricedTransaction {
  readonly side: Side;
  readonly hash: Hex;
}

/**
 * Sums of transfers by hour, day and week: departures in the period of their departure, arrivals and their gas in that
 * of their arrival. Added up as events are indexed, so that an answer never reads the transfers. Bounded: old hours
 * are deleted.
 */
export interface Activity {
  /** Takes effect at `write`. */
  add(lane: Lane, at: bigint, change: Partial<ActivityFigures>): void;
  /** Adds one arrival after this many seconds; takes effect at `write`. */
  arrive(lane: Lane, at: bigint, seconds: bigint): void;
  /** Writes all that was added, one row for each lane and period. */
  write(): void;
  /** Drops what was not written. */
  discard(): void;
  /** Newest period first. */
  rows(filter: ActivityFilter): ActivityRow[];
  /** Notes that a transaction ended so many more transfers of a lane; its first lane counts. */
  spend(side: Side, hash: Hex, lane: Lane, at: bigint, transfers: number): void;
  /** Transactions to be priced, newest first. */
  unpriced(limit: number): UnpricedTransaction[];
  /** @param wei Cost of the transaction; undefined when no node has it any more. */
  price(hash: Hex, wei: bigint | undefined): void;
}

/** Number of periods kept: 90 days of hours, ten years of days and weeks. */
const kept: Readonly<Record<Period, bigint>> = { hour: 2_160n, day: 3_650n, week: 520n };

function timesOf(seconds: bigint): number[] {
  const times: number[] = [];
  count(times, Number(seconds));
  return times;
}

type Row = Record<string, string | number | null>;

interface Moment extends Lane {
  /** In seconds. */
  readonly at: bigint;
  readonly sums: ActivityFigures;
}

interface Addition extends Lane {
  readonly period: Period;
  readonly number: bigint;
  readonly sums: ActivityFigures;
}

const nothing = (): ActivityFigures => ({
  ...{ departed: 0, volume: 0n, fees: 0n, arrived: 0, gas: 0n, priced: 0 },
  times: [],
});

export function addFigures(sums: ActivityFigures, change: Partial<ActivityFigures>): void {
  sums.departed += change.departed ?? 0;
  sums.volume += change.volume ?? 0n;
  sums.fees += change.fees ?? 0n;
  sums.arrived += change.arrived ?? 0;
  sums.gas += change.gas ?? 0n;
  sums.priced += change.priced ?? 0;
  if (change.times !== undefined) addTo(sums.times, change.times);
}

/** One sum for each lane of some rows. */
export function sumByLane(rows: readonly ActivityRow[]): (Lane & ActivityFigures)[] {
  const lanes = new Map<string, Lane & ActivityFigures>();
  for (const row of rows) {
    const { direction, productToken } = row;
    const key = `${direction} ${productToken}`;
    const sums = lanes.get(key) ?? { direction, productToken, ...nothing() };
    addFigures(sums, row);
    lanes.set(key, sums);
  }
  return [...lanes.values()];
}

export function openActivity(database: DatabaseSync): Activity {
  const find = database.prepare(
    'SELECT * FROM history_activity WHERE period = ? AND number = ? AND token = ? AND direction = ?',
  );
  const replace = database.prepare(`
    INSERT OR REPLACE INTO history_activity
      (period, number, token, direction, departed, volume, fees, arrived, times, gas, priced)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const newest = database.prepare('SELECT max(number) AS number FROM history_activity WHERE period = ?');
  const prune = database.prepare('DELETE FROM history_activity WHERE period = ? AND number < ?');
  const select = database.prepare(`
    SELECT * FROM history_activity
    WHERE period = :period AND number >= :first AND number <= :last
      AND (:token IS NULL OR token = :token) AND (:direction IS NULL OR direction = :direction)
    ORDER BY number DESC, token DESC, direction DESC LIMIT :limit`);
  const spend = database.prepare(`
    INSERT INTO history_unpriced (hash, side, token, direction, at, transfers) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (hash) DO UPDATE SET
      transfers = transfers + excluded.transfers * (token = excluded.token AND direction = excluded.direction)`);
  const unpriced = database.prepare('SELECT side, hash FROM history_unpriced ORDER BY at DESC LIMIT ?');
  const take = database.prepare('DELETE FROM history_unpriced WHERE hash = ? RETURNING *');
  // By time and lane: transfers of a block share both.
  let added = new Map<string, Moment>();

  const add = ({ direction, productToken }: Lane, at: bigint, change: Partial<ActivityFigures>): void => {
    const key = `${at} ${direction} ${productToken}`;
    let moment = added.get(key);
    if (moment === undefined) added.set(key, (moment = { at, direction, productToken, sums: nothing() }));
    addFigures(moment.sums, change);
  };

  /** The sums of all periods in which something was added. */
  const additions = (): Iterable<Addition> => {
    const byPeriod = new Map<string, Addition>();
    for (const { at, direction, productToken, sums } of added.values()) {
      for (const period of periods) {
        const number = periodOf(period, at);
        const key = `${period} ${number} ${direction} ${productToken}`;
        let addition = byPeriod.get(key);
        if (addition === undefined)
          byPeriod.set(key, (addition = { period, number, direction, productToken, sums: nothing() }));
        addFigures(addition.sums, sums);
      }
    }
    return byPeriod.values();
  };

  const writeOne = ({ period, number, direction, productToken, sums }: Addition): void => {
    const top = BigInt((newest.get(period)?.['number'] as number | null | undefined) ?? number);
    if (number <= top - kept[period]) return;
    const row = find.get(period, number, productToken, direction);
    if (row !== undefined) addFigures(sums, toFigures(row as Row));
    const { departed, volume, fees, arrived, times, gas, priced } = sums;
    replace.run(
      ...[period, number, productToken, direction, departed, volume.toString(), fees.toString()],
      ...[arrived, formatHistogram(times), gas.toString(), priced],
    );
    if (number > top) prune.run(period, number - kept[period] + 1n);
  };

  const write = (): void => {
    // Oldest first, so that old periods are deleted as if each change came alone.
    for (const one of [...additions()].sort((a, b) => Number(a.number - b.number))) writeOne(one);
    added = new Map();
  };

  return {
    add,
    write,
    arrive: (lane, at, seconds) => add(lane, at, { arrived: 1, times: timesOf(seconds) }),
    discard: () => void (added = new Map()),

    rows: ({ period, first, last, productToken: token = null, direction = null, limit }) =>
      select.all({ period, first, last, token, direction, limit }).map((row) => ({
        ...toFigures(row as Row),
        number: BigInt(row['number'] as number),
        direction: row['direction'] as Direction,
        productToken: row['token'] as Address,
      })),

    spend(side, hash, { productToken, direction }, at, transfers) {
      spend.run(hash, side, productToken, direction, at, transfers);
    },

    unpriced: (limit) => unpriced.all(limit) as unknown as UnpricedTransaction[],

    price(hash, wei) {
      const row = take.get(hash) as Row | undefined;
      if (row === undefined || wei === undefined) return;
      const lane = { productToken: row['token'] as Address, direction: row['direction'] as Direction };
      add(lane, BigInt(row['at'] ?? 0), { gas: wei, priced: Number(row['transfers']) });
    },
  };
}

const toFigures = (row: Row): ActivityFigures => ({
  departed: Number(row['departed']),
  volume: BigInt(row['volume'] ?? 0),
  fees: BigInt(row['fees'] ?? 0),
  arrived: Number(row['arrived']),
  times: parseHistogram(row['times'] as string),
  gas: BigInt(row['gas'] ?? 0),
  priced: Number(row['priced']),
});
