import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { openMemoryQueue } from '../../../relayer/queue/memory-queue.ts';
import { laneId, limits } from '../../../relayer/queue/queue.ts';
import { batchA, countsOf, itConforms, laneA } from './conformance.ts';

const log = { warn: () => undefined };

describe('a queue in memory', () => {
  itConforms(() => Promise.resolve(openMemoryQueue(log)));

  it('drops what exceeds the bound of a bridge, and takes what another bridge adds', async () => {
    await using queue = openMemoryQueue(log);
    for (let nonce = 0; nonce < limits.waitingPerBridge + 10; nonce++) {
      await queue.batch({ ...batchA, firstNonce: String(nonce) });
    }
    await queue.batch({ ...batchA, lane: laneId('2-0xbb', 'mint-0x01') });
    assert.equal((await countsOf(queue))['batches waiting'], limits.waitingPerBridge + 1);
  });

  it('resolves, and runs nothing, after it was disposed', async () => {
    const queue = openMemoryQueue(log);
    queue.start({ wake: () => assert.fail(), batch: () => assert.fail() });
    await queue[Symbol.asyncDispose]();
    await queue.wake(laneA);
    await queue.batch(batchA);
    assert.ok((await queue.counts()).every(({ count }) => count === 0));
  });
});
