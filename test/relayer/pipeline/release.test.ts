import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import type { BatchJob } from '../../../relayer/queue/queue.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { leaderOf } from '../../../protocol/turns.ts';
import { createWork } from '../../../relayer/pipeline/lane-worker.ts';
import { keys, lane, transferOf } from '../support.ts';

const TURN = 10;
const signers = keys.map(({ address }) => address);

/** One signer's work, as far as queueing goes; answers the nonces that it queues to release. */
function workOf(index: number) {
  const queued: BatchJob[] = [];
  const ledger = createLedger(lane);
  const work = createWork({
    bridges: { destination: () => ({ signers, threshold: 4, signerEpoch: 1n }) } as never,
    attester: { address: signers[index] } as never,
    queue: { batch: (job: BatchJob) => Promise.resolve(void queued.push(job)) },
    wake: () => undefined,
    config: {
      main: { chainId: 1, bridge: signers[0] } as never,
      peers: [],
      turnSeconds: TURN,
      fallbackSeconds: 60,
      sweepSeconds: 60,
    },
    ...{ ledgers: new Map(), transactions: {} as never, payer: signers[0] ?? '0x', metrics: createMetrics() },
    ...{ obstacle: () => undefined, blockGasLimit: () => 30_000_000n, judge: () => assert.fail(), now: () => 0 },
    ...{ onAnswered: () => undefined, log: { info: () => undefined, warn: () => undefined } },
  });
  return async (nonce: bigint, since: bigint, seconds: bigint) => {
    ledger.add(transferOf(nonce), 0);
    await work.release(ledger, [{ nonce, since }], seconds);
    return queued.splice(0).map(({ kind, firstNonce }) => `${kind} ${firstNonce}`);
  };
}

describe('what is due for release', () => {
  it('is queued by one signer first, and by one more with each turn that passes', async () => {
    const leader = leaderOf(lane, 0n, signers.length);
    for (const place of signers.keys()) {
      const release = workOf((leader + place) % signers.length);
      const since = 1_000n;
      const turn = since + BigInt(place * TURN);
      if (place > 0) assert.deepEqual(await release(0n, since, turn - 1n), [], `too early for place ${place}`);
      assert.deepEqual(await release(0n, since, turn), ['release 0'], `place ${place}`);
    }
  });
});
