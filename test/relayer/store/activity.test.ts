import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { startOfPeriod } from '../../../protocol/activity.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { type ActivityFilter, sumByLane } from '../../../relayer/store/activity.ts';
import { addTo, count, formatHistogram, parseHistogram, quantile } from '../../../relayer/store/histogram.ts';
import { type History, type Settlement, openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { bridges, holder, lane, productToken, transferOf } from '../support.ts';

const [mainBridge] = bridges;
const withdraw: Lane = { direction: 'withdraw', productToken };
/** Monday, 0:00 UTC. */
const MONDAY = startOfPeriod('week', 2_900n);
const HOUR = 3_600n;

describe('the activity of a bridge', () => {
  let database: RecordDatabase;
  let history: History;
  beforeEach(() => {
    database = new RecordDatabase(':memory:');
    history = openHistory({ database, deployment: 'a-b', mainBridge });
  });
  afterEach(() => database.close());

  const settlement = (at: bigint, changes: Partial<Settlement> = {}): Settlement => ({
    ...{ status: 'executed', transactionHash: `0x${'11'.repeat(32)}`, blockNumber: 500n, at, signerMask: 1 },
    ...changes,
  });
  const rows = (period: ActivityFilter['period'], filter: Partial<ActivityFilter> = {}) =>
    history.activity.rows({ period, first: 0n, last: 10n ** 9n, limit: 1_000, ...filter });
  const figures = (period: ActivityFilter['period']) =>
    rows(period).map(({ number, departed, arrived, volume }) => [
      startOfPeriod(period, number) - MONDAY,
      ...[departed, arrived, volume],
    ]);

  it('counts a departure in the period in which it departed, and its arrival in that of the arrival', () => {
    history.addDeparture(transferOf(0n), MONDAY - 1n, 'open');
    history.addSettlements(lane, [0n], settlement(MONDAY + 9n));
    assert.deepEqual(figures('hour'), [
      [0n, 0, 1, 0n],
      [-HOUR, 1, 0, 5n],
    ]);
    assert.deepEqual(figures('day').length, 2);
    assert.deepEqual(figures('week'), [
      [0n, 0, 1, 0n],
      [-7n * 24n * HOUR, 1, 0, 5n],
    ]);
    assert.equal(quantile(rows('hour')[0]?.times ?? [], 0.5), 10);
  });

  it('has the same sums in any order, and however often an event comes', () => {
    const events = [
      () => history.addDeparture(transferOf(0n), MONDAY, 'open'),
      () => history.addSettlements(lane, [0n], settlement(MONDAY + 9n)),
    ];
    for (const event of [...events.toReversed(), ...events]) event();
    assert.deepEqual(figures('day'), [[0n, 1, 1, 5n]]);
    assert.equal(quantile(rows('day')[0]?.times ?? [], 1), 9);
  });

  it('adds volume in the main token, in both directions', () => {
    history.addDeparture(transferOf(0n, { sourceAmount: 5n, amount: 10n }), MONDAY + HOUR, 'open');
    history.addDeparture(transferOf(0n, { lane: withdraw, sourceAmount: 10n, amount: 5n }), MONDAY, 'open');
    assert.deepEqual(
      sumByLane(rows('hour')).map(({ direction, volume }) => [direction, volume]),
      [
        ['mint', 5n],
        ['withdraw', 5n],
      ],
    );
  });

  it('counts neither a bounced redeem as an arrival, nor its return as a deposit', () => {
    history.addDeparture(transferOf(0n, { lane: withdraw }), MONDAY, 'open');
    history.addSettlements(withdraw, [0n], settlement(MONDAY + 5n, { status: 'bounced' }));
    history.addDeparture(transferOf(7n, { sender: mainBridge }), MONDAY + 5n, 'open');
    history.addSettlements(lane, [7n], settlement(MONDAY + 9n));
    assert.deepEqual(
      rows('day').map(({ direction, departed, arrived }) => [direction, departed, arrived]),
      [['withdraw', 1, 0]],
    );
  });

  it('divides the cost of a transaction over the transfers that it ended, once', () => {
    const hash = settlement(0n).transactionHash;
    for (const nonce of [0n, 1n, 2n]) {
      history.addDeparture(transferOf(nonce), MONDAY, 'open');
      history.addSettlements(lane, [nonce], settlement(MONDAY + 9n));
    }
    assert.deepEqual(
      history.activity.unpriced(10).map((one) => ({ ...one })),
      [{ side: 'product', hash }],
    );
    history.setPrice(hash, 900n);
    history.setPrice(hash, 900n);
    history.addSettlements(lane, [0n], settlement(MONDAY + 9n));
    assert.deepEqual(history.activity.unpriced(10), []);
    assert.deepEqual(
      rows('day').map(({ gas, priced }) => [gas, priced]),
      [[900n, 3]],
    );
  });

  it('leaves a transaction that no node has out of the costs', () => {
    history.addSettlements(lane, [0n], settlement(MONDAY));
    history.setPrice(settlement(0n).transactionHash, undefined);
    assert.deepEqual(history.activity.unpriced(10), []);
    assert.deepEqual(rows('day'), []);
  });

  it('adds fees, and writes nothing of a transaction that fails', () => {
    history.addFee(lane, 7n, MONDAY);
    assert.throws(() =>
      history.transaction(() => {
        history.addFee(lane, 1n, MONDAY);
        throw new Error('stop');
      }),
    );
    history.addFee(lane, 7n, MONDAY);
    assert.deepEqual(
      rows('day').map(({ fees }) => fees),
      [14n],
    );
  });

  it('keeps 90 days of hours and every day, and filters by peg and direction', () => {
    const days = 100n;
    for (let day = 0n; day < days; day++) history.addDeparture(transferOf(day), MONDAY + day * 24n * HOUR, 'open');
    assert.equal(rows('day').length, 100);
    assert.equal(rows('hour').length, 90);
    history.addDeparture(transferOf(100n), MONDAY, 'open');
    assert.equal(rows('hour').length, 90, 'too old to keep');
    assert.equal(rows('day', { productToken }).length, 100);
    assert.equal(rows('day', { productToken: holder }).length, 0);
    assert.equal(rows('day', { direction: 'withdraw' }).length, 0);
    assert.equal(rows('day', { limit: 3 }).length, 3);
  });
});

describe('a histogram of durations', () => {
  const histogramOf = (...durations: number[]) => {
    const histogram: number[] = [];
    for (const seconds of durations) count(histogram, seconds);
    return parseHistogram(formatHistogram(histogram));
  };
  const readBack = (seconds: number) => quantile(histogramOf(seconds), 0.95) ?? NaN;

  it('is exact up to ten seconds, and within 5 % above', () => {
    for (let seconds = 0; seconds < 1_000_000; seconds = Math.ceil(seconds * 1.01 + 1)) {
      const found = readBack(seconds);
      if (seconds <= 10) assert.equal(found, seconds);
      else assert.ok(Math.abs(found - seconds) <= 0.05 * seconds, `${seconds}: ${found}`);
    }
  });

  it('counts no time where the clock of the destination is behind', () => {
    assert.equal(readBack(-3), 0);
  });

  it('has the quantiles of all that was added', () => {
    const sum = histogramOf(...Array<number>(50).fill(3), 60, 60);
    addTo(sum, histogramOf(...Array<number>(45).fill(7), 60, 60, 60));
    assert.deepEqual(
      [0.5, 0.95].map((part) => quantile(sum, part)),
      [3, 7],
    );
    assert.equal(quantile([], 0.5), undefined);
    assert.deepEqual(histogramOf(), []);
  });
});
