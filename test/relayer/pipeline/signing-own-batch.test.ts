import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { type Backoff, createBackoff } from '../../../relayer/pipeline/backoff.ts';
import { createBatchSizer } from '../../../relayer/pipeline/batch-sizer.ts';
import { createFailedWithdrawals } from '../../../relayer/pipeline/failed-withdrawals.ts';
import { type LaneWorker, createLaneWorker } from '../../../relayer/pipeline/lane-worker.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { closings, emptyHistory, holder, lane, openGate, pair, slowSigner, transferOf } from '../support.ts';

describe('this signer’s own batch', () => {
  const job = { firstNonce: '0', count: 2, kind: 'attest' } as const;
  let ledger: Ledger;
  let view: ReturnType<typeof openGate>['view'];
  let key: ReturnType<typeof slowSigner>;
  let backoff: Backoff;
  let worker: LaneWorker;
  let woken: PromiseWithResolvers<string>;
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    const opened = openGate(ledger, holder);
    view = opened.view;
    key = slowSigner(holder);
    woken = Promise.withResolvers();
    const untouched = new Proxy({}, { get: () => assert.fail('unexpected request or transaction') });
    const now = () => 0;
    const verdictOf = () => assert.fail();
    const bridges = { pair, sides: untouched, destination: () => ({ ...view, threshold: 1 }) } as never;
    backoff = createBackoff({ wake: (lane) => woken.resolve(lane), now });
    worker = createLaneWorker(laneKey(lane), () => ledger, {
      ...{ bridges, backoff, verdictOf, now, batchSizer: createBatchSizer(), metrics: createMetrics() },
      attester: createAttester({
        ...{ signer: key.signer, gate: opened.gate, history: emptyHistory },
        onSecondContent: () => assert.fail(),
      }),
      config: { turnSeconds: 10, fallbackSeconds: 60, sweepSeconds: 60 },
      ...{ collect: () => assert.fail('requested from peers'), inFlight: untouched as never },
      enqueue: () => assert.fail(),
      failedWithdrawals: createFailedWithdrawals({ bridges, verdictOf, turnSeconds: 10, now }),
      obstacle: opened.gate.laneObstacle,
      log: { info: () => undefined },
    });
  });
  afterEach(() => backoff[Symbol.dispose]());

  /** Runs the job until it waits for the key. */
  const begin = async () => {
    const working = worker.run(job, new AbortController().signal);
    await new Promise(setImmediate);
    assert.equal(key.asked(), 1);
    return { working };
  };

  for (const [name, reason, close] of closings) {
    it(`is neither sent nor requested from peers when ${name} arrives while the key works`, async () => {
      const { working } = await begin();
      close(view);
      key.finish();
      // A lost race is no failure of the job.
      if (reason === 'already-executed') await working;
      else await assert.rejects(working, { code: reason });
    });
  }

  it('is replanned at once without the transfers that others have executed', async () => {
    const { working } = await begin();
    ledger.settle(0n);
    key.finish();
    await working;
    assert.equal(ledger.get(1n)?.hold?.until, 0);
    assert.equal(await woken.promise, laneKey(lane));
  });
});
