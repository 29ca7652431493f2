import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';

import type { Hex } from 'viem';

import { createRecoveryPool } from '../../../relayer/callers/recovery-pool.ts';
import { keys } from '../support.ts';

const digest: Hex = `0x${'ab'.repeat(32)}`;
const program = (text: string): URL => new URL(`data:text/javascript,${encodeURIComponent(text)}`);
const listening = `import { parentPort } from 'node:worker_threads';`;
const causeOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'rejected' ? String((outcome.reason as Error).cause) : 'not rejected';

describe('the pool that recovers signers', () => {
  it('recovers in its threads, each answer for its own request', async () => {
    await using pool = createRecoveryPool();
    const signed = await Promise.all(
      keys.slice(0, 4).map(async (key) => [key.address, await key.sign(digest)] as const),
    );
    const recovered = await Promise.all(signed.map(([, signature]) => pool.recover(digest, signature)));
    assert.deepEqual(
      recovered,
      signed.map(([address]) => address),
    );
    assert.equal(await pool.recover(digest, `0x${'00'.repeat(64)}`), undefined);
  });

  it('fails what waits in a thread that throws, and starts another', async () => {
    await using pool = createRecoveryPool({
      threads: 1,
      program: program(`${listening} parentPort.on('message', ({ id, digest }) => {
        if (digest === '0x') throw new Error('broken');
        parentPort.postMessage({ id, signer: digest });
      });`),
    });
    const failing = [pool.recover('0x', '0x'), pool.recover(digest, '0x')];
    const outcomes = await Promise.allSettled(failing);
    for (const outcome of outcomes) assert.match(causeOf(outcome), /broken/);
    assert.equal(await pool.recover(digest, '0x'), digest);
  });

  it('replaces a thread that hangs', async () => {
    await using pool = createRecoveryPool({
      threads: 1,
      timeoutSeconds: 0.2,
      program: program(`${listening} parentPort.on('message', () => { for (;;); });`),
    });
    const [outcome] = await Promise.allSettled([pool.recover(digest, '0x')]);
    assert.match(causeOf(outcome), /no response within 0.2 s/);
  });

  it('refuses more than a thread can do in a moment', async () => {
    await using pool = createRecoveryPool({
      threads: 1,
      program: program(`${listening} parentPort.on('message', () => {});`),
    });
    const waiting = Array.from({ length: 64 }, () => pool.recover(digest, '0x'));
    waiting.forEach((one) => void one.catch(() => undefined));
    await assert.rejects(pool.recover(digest, '0x'), { code: 'too-many-requests' });
  });

  it('starts no thread before the first recovery, and ends it after a rest', async () => {
    const started: Worker[] = [];
    const onStart = (message: unknown): void => void started.push((message as { worker: Worker }).worker);
    subscribe('worker_threads', onStart);
    try {
      await using pool = createRecoveryPool({ idleSeconds: 0.05 });
      assert.equal(started.length, 0);
      await pool.recover(digest, await keys[0]!.sign(digest));
      assert.equal(started.length, 1);
      const [thread] = started;
      if (thread?.threadId !== -1) await once(thread!, 'exit');
    } finally {
      unsubscribe('worker_threads', onStart);
    }
  });
});
