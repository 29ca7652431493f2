import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';

import { Redis } from 'ioredis';

import { openQueue } from '../../../relayer/queue/open-queue.ts';
import type { Queue } from '../../../relayer/queue/queue.ts';
import { redisForTests, withoutRedis } from '../../support/redis.ts';
import { eventually } from '../../support/wait.ts';
import { batchA, countsOf, itConforms, laneA, settled } from './conformance.ts';
import { Runs } from './runs.ts';

const log = { warn: () => undefined };

describe('a queue in Redis', { skip: withoutRedis }, () => {
  let redis: Awaited<ReturnType<typeof redisForTests>>;
  let opened = 0;
  before(async () => void (redis = await redisForTests()));
  after(() => redis.stop());
  const open = (namespace: string, previous?: string): Promise<Queue> =>
    openQueue({ url: redis.url, namespace, previous, log, signal: AbortSignal.timeout(10_000) });
  const named = (name: string) => `${name}-${process.pid}`;

  itConforms(() => open(named(`conforms-${opened++}`)));

  it('starts empty after kill -9 in the middle of a lane and a batch', async () => {
    const script = `
      import { openQueue } from './relayer/queue/open-queue.ts';
      const [url, namespace] = process.argv.slice(1);
      const signal = new AbortController().signal;
      const queue = await openQueue({ url, namespace, log: { warn() {} }, signal });
      const never = () => { console.log('active'); return new Promise(() => setInterval(() => {}, 1000)); };
      queue.start({ wake: never, batch: never });
      await queue.wake('${laneA}');
      await queue.batch(${JSON.stringify(batchA)});`;
    const args = ['--input-type=module-typescript', '-e', script, redis.url, named('killed')];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    await eventually('both are active', () => said.split('active').length > 2);
    child.kill('SIGKILL');
    await once(child, 'exit');

    await using queue = await open(named('killed'));
    assert.ok((await queue.counts()).every(({ count }) => count === 0));
    const runs = new Runs();
    queue.start(runs);
    await queue.wake(laneA);
    await queue.batch(batchA);
    await eventually('both run', () => runs.running.length === 2);
    runs.endAll();
  });

  it('deletes the jobs of the holder before', async () => {
    {
      await using before = await open(named('first'));
      await before.wake(laneA);
    }
    const client = new Redis(redis.url);
    const keysOf = (name: string) => client.keys(`*${named(name)}*`);
    assert.notDeepEqual(await keysOf('first'), []);
    await using queue = await open(named('second'), named('first'));
    assert.deepEqual(await keysOf('first'), []);
    assert.equal((await countsOf(queue))['lanes waiting'], 0);
    await client.quit();
  });

  it('works on when Redis forgets everything, and does not run a batch twice at once', async () => {
    await using queue = await open(named('forgets'));
    const runs = new Runs();
    queue.start(runs);
    await queue.wake(laneA);
    await queue.batch(batchA);
    await eventually('both run', () => runs.running.length === 2);
    // Of this test alone: others may use the same Redis.
    const client = new Redis(redis.url);
    const keys = await client.keys(`*${named('forgets')}*`);
    assert.ok(keys.length > 0);
    await client.del(...keys);
    await client.quit();

    await queue.batch(batchA);
    await queue.wake(laneA);
    runs.end(laneA);
    await eventually('the lane again', () => runs.started.length === 3);
    assert.equal(runs.started.filter((name) => name.includes('attest')).length, 1);
    runs.endAll();
    await settled(queue);
  });
});
