import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { laneKey } from '../../../protocol/lane.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { type Backoff, createBackoff } from '../../../relayer/pipeline/backoff.ts';
import { createBatchSizer } from '../../../relayer/pipeline/batch-sizer.ts';
import type { LaneContext } from '../../../relayer/pipeline/lane-context.ts';
import { createLaneWorker } from '../../../relayer/pipeline/lane-worker.ts';
import { releaseParked } from '../../../relayer/pipeline/release-and-bounce.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { emptyHistory, holder, lane, openGate, pair, slowSigner, transferOf } from '../support.ts';

/** The waits of a job in order. */
type Stage = 'detect' | 'sign' | 'collect' | 'submit';

describe('a job whose signal aborts', () => {
  const job = { firstNonce: '0', count: 2, kind: 'attest' } as const;
  let ledger: Ledger;
  let backoff: Backoff;
  let aborting: AbortController;
  /** Stages that have begun. */
  let begun: Stage[];
  let waits: Readonly<Record<'detect' | 'collect', PromiseWithResolvers<undefined>>>;
  let key: ReturnType<typeof slowSigner>;
  let enqueued: number;
  let context: LaneContext;
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    const { gate } = openGate(ledger, holder);
    aborting = new AbortController();
    begun = [];
    enqueued = 0;
    waits = { detect: Promise.withResolvers(), collect: Promise.withResolvers() };
    key = slowSigner(holder);
    backoff = createBackoff({ wake: () => undefined, now: () => 0 });
    const { signer } = key;
    context = {
      ...{ backoff, batchSizer: createBatchSizer(), metrics: createMetrics(), obstacle: gate.laneObstacle },
      bridges: { pair, destination: () => ({ signers: [holder], threshold: 1, signerEpoch: 1n }) } as never,
      failedWithdrawals: {
        async detect() {
          begun.push('detect');
          await waits.detect.promise;
          return false;
        },
      } as never,
      attester: createAttester({
        signer: {
          ...signer,
          sign() {
            begun.push('sign');
            return signer.sign();
          },
        },
        ...{ gate, history: emptyHistory, onSecondContent: () => assert.fail() },
      }),
      async collect(_, signature) {
        begun.push('collect');
        await waits.collect.promise;
        return { signatures: [{ index: 0, signature }], shrinkTo: undefined, refusals: [] };
      },
      inFlight: {
        send(_: unknown, signal: AbortSignal) {
          begun.push('submit');
          assert.equal(signal, aborting.signal);
          return Promise.resolve({ sent: true });
        },
      } as never,
      enqueue() {
        enqueued++;
        return Promise.resolve();
      },
      config: { turnSeconds: 10, fallbackSeconds: 60, sweepSeconds: 60 },
      ...{ verdictOf: () => assert.fail(), now: () => 0, log: { info: () => undefined } },
    };
  });
  afterEach(() => backoff[Symbol.dispose]());

  /** Ends these waits in turn and aborts before the end of the last one; returns the stages that began. */
  const stagesUntil = async (last: Stage | undefined): Promise<readonly Stage[]> => {
    const worker = createLaneWorker(laneKey(lane), () => ledger, context);
    const working = worker.run(job, aborting.signal);
    const ends: readonly (readonly [Stage, () => void])[] = [
      ['detect', () => waits.detect.resolve(undefined)],
      ['sign', () => key.finish()],
      ['collect', () => waits.collect.resolve(undefined)],
    ];
    for (const [stage, end] of ends) {
      await turn();
      if (stage === last) aborting.abort();
      end();
    }
    await working;
    return begun;
  };

  it('moves its batch through all stages without an abort', async () => {
    assert.deepEqual(await stagesUntil(undefined), ['detect', 'sign', 'collect', 'submit']);
  });

  it('signs nothing after an abort while the tokens are asked', async () => {
    assert.deepEqual(await stagesUntil('detect'), ['detect']);
  });

  it('sends no request to peers after an abort while the key works', async () => {
    assert.deepEqual(await stagesUntil('sign'), ['detect', 'sign']);
  });

  it('ends without an error and leaves no wake-up behind', async () => {
    let woken = 0;
    context = { ...context, backoff: { ...backoff, wakeLater: () => (woken += 1) } };
    await stagesUntil('sign');
    assert.equal(woken, 0);
  });

  it('enqueues no batch of a plan', async () => {
    const worker = createLaneWorker(laneKey(lane), () => ledger, context);
    aborting.abort();
    await worker.plan(aborting.signal);
    assert.equal(enqueued, 0);
    await worker.plan(new AbortController().signal);
    assert.equal(enqueued, 1);
  });

  it('sends no release after an abort while the withdrawal is simulated', async () => {
    const withdraw = { ...lane, direction: 'withdraw' } as const;
    const withdrawals = createLedger(withdraw);
    withdrawals.add(transferOf(0n, { lane: withdraw }), 0);
    const verdictOf = () => {
      aborting.abort();
      return Promise.resolve({ next: 'pay' } as const);
    };
    const releasing = releaseParked(withdrawals, 0n, { ...context, verdictOf }, aborting.signal);
    await assert.rejects(releasing, { name: 'AbortError' });
    assert.deepEqual(begun, []);
  });
});
