import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import type { BatchJob } from '../../../relayer/queue/queue.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { leaderOf } from '../../../protocol/turns.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { createBatchSizer } from '../../../relayer/pipeline/batch-sizer.ts';
import { createLaneWorker } from '../../../relayer/pipeline/lane-worker.ts';
import { releaseParked } from '../../../relayer/pipeline/release-and-bounce.ts';
import { keys, lane, transferOf } from '../support.ts';

const TURN = 10;
const signers = keys.map(({ address }) => address);

/** Builds one signer's worker for enqueueing only; returns a function that lists the enqueued releases. */
function releasesOf(index: number) {
  const queued: Omit<BatchJob, 'lane'>[] = [];
  const ledger = createLedger(lane);
  const worker = createLaneWorker(laneKey(lane), () => ledger, {
    bridges: { destination: () => ({ signers, threshold: 4, signerEpoch: 1n }) } as never,
    attester: { address: signers[index] } as never,
    enqueue: (_, job) => Promise.resolve(void queued.push(job)),
    config: { turnSeconds: TURN, fallbackSeconds: 60, sweepSeconds: 60 },
    ...{ inFlight: {} as never, backoff: {} as never, failedWithdrawals: {} as never, metrics: createMetrics() },
    ...{ batchSizer: createBatchSizer(), collect: () => assert.fail(), verdictOf: () => assert.fail() },
    ...{ obstacle: () => undefined, now: () => 0, log: { info: () => undefined } },
  });
  return async (nonce: bigint, since: bigint, seconds: bigint) => {
    ledger.add(transferOf(nonce), 0);
    await worker.enqueueReleases([{ nonce, since }], seconds);
    return queued.splice(0).map(({ kind, firstNonce }) => `${kind} ${firstNonce}`);
  };
}

describe('a due release', () => {
  it('is enqueued by one signer first, and by one more with each turn', async () => {
    const leader = leaderOf(lane, 0n, signers.length);
    for (const place of signers.keys()) {
      const release = releasesOf((leader + place) % signers.length);
      const since = 1_000n;
      const turn = since + BigInt(place * TURN);
      if (place > 0) assert.deepEqual(await release(0n, since, turn - 1n), [], `too early for place ${place}`);
      assert.deepEqual(await release(0n, since, turn), ['release 0'], `place ${place}`);
    }
  });

  it('is sent for a withdrawal only while its token has not refused it, or would pay now', async () => {
    const withdraw = { direction: 'withdraw', productToken: lane.productToken } as const;
    const sent = async (next: 'pay' | 'wait', known = true) => {
      const ledger = createLedger(withdraw);
      if (known) ledger.add(transferOf(0n, { lane: withdraw }), 0);
      let count = 0;
      const context = {
        inFlight: { send: () => Promise.resolve({ sent: ++count > 0 }) } as never,
        verdictOf: () => Promise.resolve({ next }),
        log: { info: () => undefined },
      };
      await releaseParked(ledger, 0n, context, new AbortController().signal);
      return count;
    };
    assert.equal(await sent('pay'), 1);
    // Another signer's release was refused, in a block that need not be final.
    assert.equal(await sent('wait'), 0);
    assert.equal(await sent('pay', false), 0, 'it was settled meanwhile');
  });
});
