import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { TimedEvent } from '../../../relayer/chain/block-timestamps.ts';
import { type BackfillOptions, createBackfill } from '../../../relayer/history/backfill.ts';
import type { BlockRange } from '../../../relayer/store/history.ts';

type Range = readonly [from: bigint, to: bigint];

describe('reading back what is older than a start', () => {
  /** Reads back from `start`, and returns the requested ranges. */
  const readBack = (start: bigint, changes: Partial<BackfillOptions> & { covered?: BlockRange | undefined } = {}) => {
    const ranges: Range[] = [];
    let covered = changes.covered;
    const ending = new AbortController();
    const reader = createBackfill({
      side: 'main',
      start,
      logRange: 10n,
      history: {
        coveredRange: () => covered,
        setCoveredRange: (_, range) => void (covered = range),
      },
      read(from, to) {
        ranges.push([from, to]);
        return Promise.resolve([]);
      },
      index: () => Promise.resolve(false),
      onError: (error) => assert.fail(String(error)),
      retrySeconds: 0.01,
      now: () => 0,
      signal: ending.signal,
      ...changes,
    });
    return { reader, ranges, ending, covered: () => covered };
  };

  it('asks for every block once, newest first, never for more than a query may span', async () => {
    const { reader, ranges, covered } = readBack(25n);
    await reader.run();
    assert.deepEqual(ranges, [
      [16n, 25n],
      [6n, 15n],
      [0n, 5n],
    ]);
    assert.deepEqual(covered(), { low: 0n, high: 25n });
  });

  it('ends with the first event of the bridge', async () => {
    const { reader, ranges, covered } = readBack(1_000_000n, { index: () => Promise.resolve(true) });
    assert.deepEqual(reader.covered(), { low: 1_000_001n, high: 1_000_000n }, 'nothing yet');
    await reader.run();
    assert.deepEqual(ranges, [[999_991n, 1_000_000n]]);
    assert.deepEqual(reader.covered(), { low: 0n, high: 1_000_000n });
    assert.deepEqual(covered(), { low: 0n, high: 1_000_000n });
  });

  it('goes on where the last run was ended', async () => {
    const interrupted = readBack(45n, {
      index() {
        interrupted.ending.abort();
        return Promise.resolve(false);
      },
    });
    await interrupted.reader.run();
    assert.deepEqual(interrupted.ranges, [[36n, 45n]]);

    const second = readBack(60n, { covered: interrupted.covered() });
    await second.reader.run();
    // First what came since, then what the last run had not read; nothing twice.
    assert.deepEqual(second.ranges, [
      [51n, 60n],
      [46n, 50n],
      [26n, 35n],
      [16n, 25n],
      [6n, 15n],
      [0n, 5n],
    ]);
    assert.deepEqual(second.covered(), { low: 0n, high: 60n });
  });

  it('does not call covered what lies above a gap', async () => {
    const before = { low: 0n, high: 20n };
    const { reader, ranges, covered, ending } = readBack(60n, {
      covered: before,
      index() {
        if (ranges.length === 2) ending.abort();
        return Promise.resolve(false);
      },
    });
    await reader.run();
    reader.advance(70n);
    reader.save();
    assert.deepEqual(reader.covered(), { low: 41n, high: 70n }, 'served from memory all the same');
    assert.deepEqual(ranges, [
      [51n, 60n],
      [41n, 50n],
    ]);
    assert.deepEqual(covered(), before);
  });

  it('reads all from while the relayer did not run, and nothing before that was read', async () => {
    const { reader, ranges, covered } = readBack(39n, { covered: { low: 0n, high: 20n } });
    await reader.run();
    assert.deepEqual(ranges, [
      [30n, 39n],
      [21n, 29n],
    ]);
    assert.deepEqual(covered(), { low: 0n, high: 39n });
  });

  it('reads again what could not be read or written, less of it at once', async () => {
    const said: unknown[] = [];
    let failures = 1;
    const { reader, ranges } = readBack(12n, {
      index: () => (failures-- > 0 ? Promise.reject(new Error('disk full')) : Promise.resolve(false)),
      onError: (error) => said.push(error),
    });
    await reader.run();
    assert.deepEqual(ranges, [
      [3n, 12n],
      [5n, 12n],
      [0n, 4n],
    ]);
    assert.equal(said.length, 1);
  });

  it('takes full blocks few at a time, and quiet ones in the longest steps that the nodes allow', async () => {
    const lengths: number[] = [];
    const read = (from: bigint, to: bigint) => {
      lengths.push(Number(to - from) + 1);
      // The newest hundred blocks hold 500 events each.
      const events = to > 900n ? 500 * (lengths.at(-1) ?? 0) : 0;
      return Promise.resolve(Array.from<TimedEvent>({ length: events }));
    };
    await readBack(1_000n, { logRange: 200n, read }).reader.run();
    assert.deepEqual(lengths.slice(0, 4), [16, 8, 4, 2]);
    assert.ok(lengths.slice(4, 12).every((length) => length <= 2));
    assert.equal(Math.max(...lengths), 200);
    assert.equal(
      lengths.reduce((sum, length) => sum + length),
      1_001,
    );
  });

  it('calls covered what the watch handed on since', async () => {
    const { reader, covered } = readBack(5n);
    await reader.run();
    reader.advance(9n);
    reader.save();
    assert.deepEqual(covered(), { low: 0n, high: 9n });
  });
});
