import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Lane, laneKey } from '../../../protocol/lane.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { createReconciler } from '../../../relayer/pipeline/reconciler.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { productToken } from '../support.ts';

const lanes: readonly Lane[] = [
  { direction: 'mint', productToken },
  { direction: 'withdraw', productToken },
];
const [mint = '', withdraw = ''] = lanes.map(laneKey);

describe('the reconciler', () => {
  let now: number;
  let obstacle: Reason | undefined;
  /** Errors by task; a task without one succeeds. */
  let failures: Map<string, Error>;
  let done: string[];
  let problems: Map<string, string>;
  let reconcile: () => Promise<void>;
  beforeEach(() => {
    now = 0;
    obstacle = undefined;
    failures = new Map();
    done = [];
    problems = new Map();
    const perform = (task: string): Promise<void> => {
      done.push(task);
      const failure = failures.get(task);
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    };
    reconcile = createReconciler({
      chains: { main: { side: 'main' }, product: { side: 'product' } } as never,
      blocks: {
        timestamp: (side) => (side === 'main' ? 100n : 200n),
        repair: ({ lane }) => perform(`repair ${laneKey(lane)}`),
        refresh: (side) => perform(`refresh ${side}`),
      },
      ledgers: {
        all: new Map(lanes.map((lane) => [laneKey(lane), createLedger(lane)])),
        scanned: { main: { head: {} }, product: { head: {} } },
      } as never,
      workers: {
        of: (key: string) => ({
          enqueueReleases: (_: unknown, seconds: bigint) => perform(`releases ${key} at ${seconds}`),
          enqueueBounces: (seconds: bigint) => perform(`bounces ${key} at ${seconds}`),
        }),
      } as never,
      auditScheduler: { check: () => perform('audit') },
      history: { sweep: () => void done.push('history') },
      equivocations: { review: () => [] },
      witness: { review: () => Promise.resolve() },
      problems: {
        set: (part, _, message) => void problems.set(part, message),
        clear: (part) => void problems.delete(part),
      },
      ...{ pegs: () => [productToken], obstacle: () => obstacle, now: () => now },
      wake: (key) => void done.push(`wake ${key}`),
      log: { warn: () => undefined },
    });
  });

  it('repairs every lane, enqueues what is due in its destination’s time, wakes it and audits', async () => {
    await reconcile();
    assert.deepEqual(
      done.toSorted(),
      [
        ...[`repair ${mint}`, `repair ${withdraw}`, `wake ${mint}`, `wake ${withdraw}`, 'audit', 'history'],
        ...[`releases ${mint} at 200`, `bounces ${mint} at 200`],
        ...[`releases ${withdraw} at 100`, `bounces ${withdraw} at 100`],
      ].toSorted(),
    );
    assert.deepEqual([...problems], []);
  });

  it('reports a failure as the problem of its task, and still does all others', async () => {
    failures.set(`repair ${mint}`, new Error('no node answers'));
    failures.set(`bounces ${withdraw} at 100`, new Error('no simulation'));
    await reconcile();
    assert.deepEqual([...problems].toSorted(), [
      [`ledger ${mint}`, 'no node answers'],
      [`refused ${withdraw}`, 'no simulation'],
    ]);
    for (const task of [`releases ${mint} at 200`, `wake ${mint}`, `wake ${withdraw}`, 'audit', 'history'])
      assert.ok(done.includes(task), task);
  });

  it('clears a problem when the task succeeds again', async () => {
    failures.set(`repair ${mint}`, new Error('no node answers'));
    await reconcile();
    failures.clear();
    await reconcile();
    assert.deepEqual([...problems], []);
  });

  it('enqueues nothing while an obstacle exists, which is no failure and clears an earlier one', async () => {
    failures.set(`bounces ${mint} at 200`, new Error('no simulation'));
    await reconcile();
    assert.equal(problems.size, 1);
    done = [];
    obstacle = 'paused';
    await reconcile();
    assert.deepEqual(
      done.filter((task) => /^(releases|bounces)/.test(task)),
      [],
    );
    assert.ok(done.includes(`repair ${mint}`));
    assert.equal(problems.size, 0);
  });

  it('reads the bridges’ state again after more than ten minutes, and until it succeeds', async () => {
    const refreshes = () => done.filter((task) => task.startsWith('refresh')).length;
    now = 600;
    await reconcile();
    assert.equal(refreshes(), 0);
    now = 601;
    failures.set('refresh main', new Error('no node answers'));
    await reconcile();
    assert.equal(refreshes(), 2);
    assert.equal(problems.get('bridges'), 'no node answers');
    failures.clear();
    await reconcile();
    assert.equal(refreshes(), 4);
    await reconcile();
    assert.equal(refreshes(), 4);
  });
});
