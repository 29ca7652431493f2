import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Redis } from 'ioredis';

import { type EmbeddedServer, startEmbeddedServer } from '../../relayer/queue/embedded.ts';
import { type BatchJob, type Queue, type QueueHandlers, openQueue } from '../../relayer/queue/queue.ts';
import { eventually } from '../support/wait.ts';

const log = { warn: () => undefined };
const job: BatchJob = { laneKey: 'mint-0xab', firstNonce: '64', count: 3, kind: 'attest' };

describe('the queue', () => {
  let server: EmbeddedServer | undefined;
  let url: string;
  let opened: Queue[] = [];
  before(async () => {
    const redis = process.env['REDIS_URL'];
    if (redis === undefined) server = await startEmbeddedServer();
    url = redis ?? server?.url ?? '';
  });
  after(() => server?.close());

  const open = async (name: string, handlers?: Partial<QueueHandlers>): Promise<Queue> => {
    const queue = await openQueue({ url, namespace: `${name}-${process.pid}`, log });
    opened.push(queue);
    if (handlers !== undefined) {
      queue.start({ wake: () => Promise.resolve(), batch: () => Promise.resolve(), ...handlers });
    }
    return queue;
  };
  const closeAll = async () => {
    await Promise.all(opened.map((queue) => queue.close()));
    opened = [];
  };

  it('runs a lane again that was woken while it was worked on, once however often', async () => {
    const runs: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const wake = async (laneKey: string) => {
      runs.push(laneKey);
      if (runs.length === 1) await gate.promise;
    };
    const queue = await open('again', { wake });

    await queue.wake('a');
    await eventually('the first run', () => runs.length === 1);
    for (let times = 0; times < 5; times++) await queue.wake('a');
    gate.resolve(undefined);
    await eventually('the second run', () => runs.length === 2);
    await queue.wake('b');
    await eventually('what came after', () => runs.includes('b'));
    assert.deepEqual(runs, ['a', 'a', 'b']);
    await closeAll();
  });

  it('works on different batches at once, never twice on the same', async () => {
    const runs: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const batch = async ({ firstNonce }: BatchJob) => {
      runs.push(firstNonce);
      await gate.promise;
    };
    const queue = await open('batches', { batch });

    for (const firstNonce of ['0', '64', '0', '64', '128']) await queue.batch({ ...job, firstNonce });
    await eventually('three at once', () => runs.length === 3);
    gate.resolve(undefined);
    await eventually('none is left', async () => (await queue.counts()).every(({ count }) => count === 0));
    assert.deepEqual(runs.toSorted(), ['0', '128', '64']);
    await closeAll();
  });

  it('does not repeat what failed, and takes it again when it is asked for again', async () => {
    let runs = 0;
    const batch = () => {
      runs++;
      return Promise.reject(new Error('refused'));
    };
    const queue = await open('failed', { batch });

    await queue.batch(job);
    await eventually('it failed', async () => runs === 1 && (await queue.counts()).every(({ count }) => count === 0));
    await queue.batch(job);
    await eventually('the second', () => runs === 2);
    await closeAll();
  });

  it('lets what is active end before it closes', async () => {
    let ended = false;
    let began = false;
    const wake = async () => {
      began = true;
      await sleep(500);
      ended = true;
    };
    const queue = await open('closing', { wake });
    await queue.wake('a');
    await eventually('it began', () => began);
    await closeAll();
    assert.equal(ended, true);
  });

  it('starts at once after kill -9 in the middle of a lane and a batch', async () => {
    const script = `
      import { openQueue } from './relayer/queue/queue.ts';
      const queue = await openQueue({ url: process.argv[1], namespace: process.argv[2], log: { warn() {} } });
      const never = () => { console.log('active'); return new Promise(() => setInterval(() => {}, 1000)); };
      queue.start({ wake: never, batch: never });
      await queue.wake('a');
      await queue.batch(${JSON.stringify(job)});`;
    const args = ['--input-type=module-typescript', '-e', script, url, `killed-${process.pid}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (data: Buffer) => (said += data.toString()));
    await eventually('both are active', () => said.split('active').length > 2);
    child.kill('SIGKILL');
    await once(child, 'exit');

    const runs: string[] = [];
    const note = (what: string) => () => Promise.resolve(void runs.push(what));
    const queue = await open('killed');
    const left = (await queue.counts()).filter(({ count }) => count > 0);
    assert.deepEqual(left, [], 'what the dead one held would have to run out first');
    queue.start({ wake: note('wake'), batch: note('batch') });
    await queue.wake('a');
    await queue.batch(job);
    await eventually('both run', () => runs.length === 2);
    await closeAll();
  });

  const forgets = async () => {
    const runs: string[] = [];
    const gate = Promise.withResolvers<undefined>();
    const wake = async (laneKey: string) => {
      runs.push(laneKey);
      if (runs.length === 1) await gate.promise;
    };
    const queue = await open('forgets', { wake });
    await queue.wake('a');
    await eventually('the first run', () => runs.length === 1);
    await queue.wake('b');
    // Of this test alone: others may use the same Redis.
    const redis = new Redis(url);
    const keys = await redis.keys(`*forgets-${process.pid}*`);
    assert.ok(keys.length > 0);
    await redis.del(...keys);
    await redis.quit();

    gate.resolve(undefined);
    await queue.wake('a');
    await queue.wake('b');
    await eventually('both run', () => runs.join('') === 'aab' || runs.join('') === 'aba');
    await closeAll();
  };
  if (process.env['REDIS_URL'] !== undefined) it('goes on when a Redis forgets everything', forgets);

  it('refuses a URL that is of neither kind', async () => {
    await assert.rejects(openQueue({ url: 'localhost:6379', namespace: 'none', log }), { exitCode: 2 });
  });
});
