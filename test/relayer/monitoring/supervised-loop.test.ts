import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import { startLoop } from '../../../relayer/monitoring/supervised-loop.ts';
import { createWatchdog } from '../../../relayer/monitoring/watchdog.ts';

describe('a supervised loop', () => {
  /** Runs `rounds` one after the other, then ends. The clock moves by 100 seconds with each. */
  const run = async (rounds: readonly (() => Promise<number>)[], changes: object = {}) => {
    const ending = new AbortController();
    let now = 0;
    const watchdog = createWatchdog(() => now);
    const problems = createProblems(() => undefined);
    const metrics = createMetrics();
    const seen: { readonly stalled: number; readonly codes: readonly string[]; readonly timed: boolean }[] = [];
    const left = [...rounds];
    await startLoop(
      {
        name: 'test',
        part: 'test part',
        stallSeconds: 10,
        async round() {
          const { values } = await metrics.loopTimestamp.get();
          const codes = problems.list().map(({ code }) => code);
          seen.push({ stalled: watchdog.stalled().length, codes, timed: values.length > 0 });
          const next = left.shift();
          if (next === undefined) {
            ending.abort();
            return 0;
          }
          now += 100;
          return next();
        },
        retrySeconds: 0,
        ...changes,
      },
      { watchdog, problems, metrics, signal: ending.signal },
    );
    return { seen, problems };
  };
  const fine = () => Promise.resolve(0);
  const broken = () => Promise.reject(new PegwayError('no node answers', { code: 'rpc-unreachable' }));

  it('is a problem while its rounds fail, and none once one succeeds', async () => {
    const { seen, problems } = await run([broken, fine]);
    assert.deepEqual(
      seen.map(({ codes }) => codes),
      [[], ['rpc-unreachable'], []],
    );
    assert.deepEqual(problems.list(), []);
  });

  it('resets the watchdog with every round, also with one that fails', async () => {
    const { seen } = await run([fine, broken, fine]);
    assert.deepEqual(
      seen.map(({ stalled }) => stalled),
      [0, 0, 0, 0],
    );
  });

  it('sets its timestamp when a round succeeds, not when one fails', async () => {
    const { seen } = await run([broken, fine]);
    assert.deepEqual(
      seen.map(({ timed }) => timed),
      [false, false, true],
    );
  });

  it('reports errors, and is no problem without a part', async () => {
    const errors: unknown[] = [];
    const { seen } = await run([broken], { part: undefined, onError: (error: unknown) => errors.push(error) });
    assert.equal(errors.length, 1);
    assert.deepEqual(
      seen.map(({ codes }) => codes),
      [[], []],
    );
  });
});
