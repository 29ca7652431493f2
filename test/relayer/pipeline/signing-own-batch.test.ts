import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { type Work, createWork } from '../../../relayer/pipeline/lane-worker.ts';
import type { BatchJob } from '../../../relayer/queue/queue.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { closings, emptyHistory, holder, lane, openGate, pair, slowSigner, transferOf } from '../support.ts';

describe('a batch of this signer’s own', () => {
  const job: BatchJob = { laneKey: laneKey(lane), firstNonce: '0', count: 2, kind: 'attest' };
  let ledger: Ledger;
  let view: ReturnType<typeof openGate>['view'];
  let key: ReturnType<typeof slowSigner>;
  let work: Work;
  let woken: PromiseWithResolvers<string>;
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    const opened = openGate(ledger, holder);
    view = opened.view;
    key = slowSigner(holder);
    woken = Promise.withResolvers();
    const untouched = new Proxy({}, { get: () => assert.fail('nothing is asked or sent') });
    work = createWork({
      bridges: { pair, sides: untouched, destination: () => ({ ...view, threshold: 1 }) } as never,
      attester: createAttester({
        ...{ signer: key.signer, gate: opened.gate, history: emptyHistory },
        onSecondContent: () => assert.fail(),
      }),
      queue: { batch: () => Promise.resolve() },
      wake: (lane) => woken.resolve(lane),
      config: { peers: [], turnSeconds: 10, fallbackSeconds: 60, sweepSeconds: 60 },
      ...{ ledgers: new Map([[laneKey(lane), ledger]]), transactions: untouched as never, payer: holder },
      ...{ obstacle: opened.gate.laneObstacle, blockGasLimit: () => 30_000_000n, judge: () => assert.fail() },
      ...{ metrics: createMetrics(), now: () => 0, onAnswered: () => undefined },
      log: { info: () => undefined, warn: () => undefined },
    });
  });
  afterEach(() => work.close());

  /** Runs the job up to where it waits for the key. */
  const begin = async () => {
    const working = work.batch(job);
    await new Promise(setImmediate);
    assert.equal(key.asked(), 1);
    return { working };
  };

  for (const [name, reason, close] of closings) {
    it(`is neither sent nor shown to peers when ${name} arrives while the key works`, async () => {
      const { working } = await begin();
      close(view);
      key.finish();
      // Lost races are no failures of the job.
      if (reason === 'already-executed') await working;
      else await assert.rejects(working, { code: reason });
    });
  }

  it('is planned again at once without the part that others have executed', async () => {
    const { working } = await begin();
    ledger.settle(0n);
    key.finish();
    await working;
    assert.equal(ledger.get(1n)?.hold?.until, 0);
    assert.equal(await woken.promise, laneKey(lane));
  });
});
