import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import { startLoop } from '../../../relayer/monitoring/supervised-loop.ts';
import { createWatchdog } from '../../../relayer/monitoring/watchdog.ts';
import { connectForLeases } from '../../../relayer/queue/lease.ts';
import type { Lease } from '../../../relayer/queue/sole-lease.ts';
import { createShardKeeper } from '../../../relayer/shards/keeper.ts';
import { redisForTests, withoutRedis } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';

const now = (): number => performance.now() / 1_000;
const quiet = { info: () => undefined, warn: () => undefined };

describe('the keeper of shards', { skip: withoutRedis }, () => {
  let redis: Awaited<ReturnType<typeof redisForTests>>;
  before(async () => (redis = await redisForTests()));
  after(() => redis.stop());

  /** Processes with these shards, and the shards that work in one of them. Two at a time for one shard fail the test. */
  const signer = (name: string) => {
    const namespace = `${name}-${process.pid}`;
    const working = new Map<string, string>();
    const leases = new Map<string, Lease>();
    const ended: string[] = [];
    const start = async (
      instance: string,
      shards: readonly string[],
      options: { settle?: Promise<void>; fails?: boolean } = {},
      clock = now,
    ) => {
      const { settle = Promise.resolve() } = options;
      const stopping = new AbortController();
      const problems = createProblems(() => undefined);
      const keeper = createShardKeeper({
        connection: await connectForLeases(redis.url, stopping.signal, () => undefined),
        ...{ namespace, shards, instance, log: quiet, now: clock, problems },
        entry: () => ({ url: `http://${instance}`, satellites: {} }),
        open(shard, lease) {
          if (options.fails === true) return Promise.reject(new Error('the data folder is unusable'));
          assert.equal(working.get(shard), undefined, `${shard} works in two processes`);
          working.set(shard, instance);
          leases.set(shard, lease);
          return Promise.resolve({
            settle: () => settle,
            [Symbol.asyncDispose]() {
              working.delete(shard);
              ended.push(shard);
              return Promise.resolve();
            },
          });
        },
        onHeld: () => undefined,
        onPicture: () => undefined,
      });
      const context = { watchdog: createWatchdog(now), problems: createProblems(() => undefined) };
      const loop = startLoop(keeper.loop, { ...context, metrics: createMetrics(), signal: stopping.signal });
      return {
        keeper,
        problems,
        async stop() {
          stopping.abort();
          await loop;
          await keeper[Symbol.asyncDispose]();
        },
        /** As if it hung: it renews nothing of its entry. */
        async hang() {
          stopping.abort();
          await loop;
        },
      };
    };
    const shares = () =>
      Object.entries(Object.groupBy(working.entries(), ([, instance]) => instance))
        .map(([instance, each]) => `${instance} ${each?.length ?? 0}`)
        .toSorted();
    const share = (...expected: string[]) =>
      eventually(`${name}: ${expected.join(', ')}`, () => shares().join() === expected.toSorted().join());
    return { start, share, working, leases, ended };
  };
  const four = ['s0', 's1', 's2', 's3'];

  it('takes all alone, gives up the share of one that joins, and takes it back when that one ends', async () => {
    const { start, share } = signer('joins');
    const a = await start('a', four);
    await share('a 4');
    const b = await start('b', four);
    await share('a 2', 'b 2');
    const c = await start('c', four);
    await share('a 2', 'b 1', 'c 1');
    await c.stop();
    await share('a 2', 'b 2');
    await b.stop();
    await share('a 4');
    await a.stop();
    await share();
  });

  it('gives up one shard at a time, and none before what is in flight has ended', async () => {
    const { start, share, working, ended } = signer('settles');
    const settled = Promise.withResolvers<undefined>();
    const a = await start('a', four, { settle: settled.promise });
    await share('a 4');
    const b = await start('b', four);
    await eventually('the other is seen', () => a.keeper.picture()?.members.length === 2);
    const seen = a.keeper.picture();
    // Further rounds change nothing while the first shard settles.
    await eventually('further rounds', () => a.keeper.picture() !== seen && b.keeper.picture()?.members.length === 2);
    assert.equal(working.size, 4);
    assert.deepEqual(ended, []);
    settled.resolve(undefined);
    await share('a 2', 'b 2');
    await Promise.all([a.stop(), b.stop()]);
  });

  it('leaves the shards that it cannot open to the others', async () => {
    const { start, share } = signer('broken');
    const broken = await start('a-broken', four, { fails: true });
    await eventually('a reason', () => broken.problems.list().length > 0);
    const [problem] = broken.problems.list();
    assert.match(
      `${problem?.code}: ${problem?.message}`,
      /^shard-not-opened: .*could not open s\d: the data folder is/,
    );
    await eventually('none is held', () => broken.keeper.states().every(({ held }) => !held));
    const unheld = broken.keeper.states().map((state) => (state.held ? '' : `${state.code}: ${state.message}`));
    assert.equal(unheld.length, four.length);
    for (const reason of unheld) assert.match(reason, /^shard-not-opened: held by no process; .*folder is unusable$/);

    const b = await start('b', four);
    await share('b 4');
    const holder = { held: false, code: 'held-elsewhere', message: 'held by the process b' };
    await eventually('the holder is seen', () =>
      broken.keeper.states().every((state) => 'code' in state && state.code === holder.code),
    );
    assert.deepEqual(
      broken.keeper.states(),
      four.map((shard) => ({ shard, ...holder })),
    );
    assert.deepEqual(
      b.keeper.states(),
      four.map((shard) => ({ shard, held: true })),
    );
    assert.deepEqual(b.problems.list(), []);
    await Promise.all([broken.stop(), b.stop()]);
  });

  it('has no fault any more once the shard that it could not open is open, or due at another process', async () => {
    let clock = 0;
    const { start, share } = signer('mends');
    const faulty = { fails: true };
    const a = await start('a', ['s0'], faulty, () => clock);
    await eventually('a fault', () => a.problems.list().length === 1);
    faulty.fails = false;
    clock += 31;
    await share('a 1');
    await eventually('no fault', () => a.problems.list().length === 0);
    await a.stop();

    faulty.fails = true;
    const again = await start('a', ['s0'], faulty, () => clock);
    await eventually('a fault again', () => again.problems.list().length === 1);
    const b = await start('b', ['s0']);
    await share('b 1');
    assert.equal(again.problems.list().length, 1);
    clock += 31;
    await eventually('no fault again', () => again.problems.list().length === 0);
    await Promise.all([again.stop(), b.stop()]);
  });

  it('waits while processes with other shards work, and takes over when these have ended', async () => {
    const { start, share } = signer('generations');
    const old = await start('old', ['s0', 's1']);
    await share('old 2');
    const next = await start('next', ['s0', 's1', 's2']);
    await eventually('the other is seen', () => next.keeper.picture()?.members.length === 2);
    await share('old 2');
    await old.stop();
    await share('next 3');
    await next.stop();
  });

  it('ends a shard that another process has taken meanwhile', async () => {
    const { start, share, leases, ended } = signer('loses');
    const a = await start('a', ['s0']);
    await share('a 1');
    const lease = leases.get('s0');
    const { Redis } = await import('ioredis');
    const other = new Redis(redis.url);
    const { fence } = lease ?? {};
    await other.set(fence?.key ?? '', 'other|tenure');
    await other.set((fence?.key ?? '').replace(/-lease$/, '-tenure'), 'other|tenure');
    await eventually('it has ended', () => ended.includes('s0'));
    assert.equal(lease?.held(), false);
    assert.equal(lease.maySign(), false);
    await a.stop();
    await other.del(fence?.key ?? '');
    other.disconnect();
  });
});
