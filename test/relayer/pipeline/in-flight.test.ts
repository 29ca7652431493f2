import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { laneKey } from '../../../protocol/lane.ts';
import type { Metrics } from '../../../relayer/monitoring/metrics.ts';
import { type Backoff, createBackoff } from '../../../relayer/pipeline/backoff.ts';
import { type Dispatch, type InFlight, createInFlight } from '../../../relayer/pipeline/in-flight.ts';
import type { Submission } from '../../../relayer/pipeline/submit-call.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { holder, lane, transferOf } from '../support.ts';

const signal = new AbortController().signal;

describe('a call in flight', () => {
  let ledger: Ledger;
  let backoff: Backoff;
  let inFlight: InFlight;
  let wakeUps: (readonly [lane: string, seconds: number])[];
  let settled: string[];
  let stages: string[];
  let dispatch: Dispatch;
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    [wakeUps, settled, stages] = [[], [], []];
    const real = createBackoff({ wake: () => undefined, now: () => 0 });
    backoff = { ...real, wakeLater: (key, seconds) => void wakeUps.push([key, seconds]) };
    const transactions = { settle: (key: string) => Promise.resolve(void settled.push(key)) } as never;
    inFlight = createInFlight({
      ...{ backoff, payer: holder, blockGasLimit: () => 30_000_000n, now: () => 5 },
      bridges: { sides: { main: 'the main bridge', product: 'the product bridge' } } as never,
      transactions: { main: {} as never, product: transactions },
      metrics: {
        transferSeconds: {
          observe: ({ stage }: { stage: string }, seconds: number) => stages.push(`${stage} ${seconds}`),
        },
      } as unknown as Pick<Metrics, 'transferSeconds'>,
    });
    dispatch = { ledger, kind: 'attest', key: 'attest-1', nonces: [0n, 1n], note: { count: 2 } };
  });
  afterEach(() => backoff[Symbol.dispose]());

  const send = (submission: Submission = { sent: true }, changes: Partial<Dispatch> = {}) =>
    inFlight.send({ ...dispatch, ...changes }, signal, () => Promise.resolve(submission));
  const holds = () => ledger.entries().map(({ hold }) => hold?.reason);
  const soon = [[laneKey(lane), 0.01]];

  it('is submitted to the destination with its key, payer and lane', async () => {
    let submitted: unknown;
    await inFlight.send(dispatch, signal, (submitting) => {
      submitted = submitting;
      return Promise.resolve({ sent: true });
    });
    const { bridge, account, key, note } = submitted as Record<string, unknown>;
    assert.deepEqual(
      { bridge, account, key, note },
      { bridge: 'the product bridge', account: holder, key: 'attest-1', note: { lane: laneKey(lane), count: 2 } },
    );
  });

  it('holds its transfers for the finality of its block once it is mined', async () => {
    await send();
    inFlight.mined('attest-1', 7n);
    for (const { hold } of ledger.entries())
      assert.deepEqual(hold, { reason: 'waiting-for-finality', until: Infinity, block: 7n });
  });

  it('may be mined before the submission resolves', async () => {
    await inFlight.send(dispatch, signal, () => {
      inFlight.mined('attest-1', 7n);
      return Promise.resolve({ sent: true });
    });
    assert.deepEqual(holds(), ['waiting-for-finality', 'waiting-for-finality']);
  });

  it('is observed as mined once, even if a reorg moves it to another block', async () => {
    await send();
    inFlight.mined('attest-1', 7n);
    inFlight.mined('attest-1', 9n);
    assert.deepEqual(stages, ['mined 5', 'mined 5']);
    assert.equal(ledger.get(0n)?.hold?.block, 9n);
  });

  it('of an approval waits for the other signers, and is not observed', async () => {
    await send({ sent: true }, { kind: 'approve' });
    inFlight.mined('attest-1', 7n);
    assert.deepEqual(holds(), ['waiting-for-signatures', 'waiting-for-signatures']);
    assert.deepEqual(stages, []);
  });

  it('leaves its transfers free to be sent again when it is abandoned', async () => {
    await send();
    backoff.hold(ledger.entries(), 'waiting-for-inclusion', Infinity);
    inFlight.abandoned('attest-1');
    assert.deepEqual(
      ledger.entries().map(({ hold }) => hold?.until),
      [0, 0],
    );
    assert.deepEqual(wakeUps, soon);
  });

  it('frees transfers that are still open when its block is final, and settles its key', async () => {
    await send();
    inFlight.mined('attest-1', 7n);
    inFlight.finalized('product', 6n);
    assert.deepEqual(settled, []);
    inFlight.finalized('main', 7n);
    assert.deepEqual(settled, []);

    ledger.settle(0n);
    inFlight.finalized('product', 7n);
    assert.deepEqual(settled, ['attest-1']);
    assert.equal(ledger.get(1n)?.hold, undefined);
    assert.deepEqual(wakeUps, soon);
    inFlight.finalized('product', 8n);
    assert.deepEqual(settled, ['attest-1']);
  });

  it('wakes no lane at finality when all its transfers are executed', async () => {
    await send();
    inFlight.mined('attest-1', 7n);
    for (const nonce of [0n, 1n]) ledger.settle(nonce);
    inFlight.finalized('product', 7n);
    assert.deepEqual(wakeUps, []);
  });

  it('keeps a later hold of another block at finality', async () => {
    await send();
    inFlight.mined('attest-1', 7n);
    backoff.hold([ledger.get(0n)], 'waiting-for-finality', Infinity, 9n);
    inFlight.finalized('product', 7n);
    assert.equal(ledger.get(0n)?.hold?.block, 9n);
  });

  for (const [name, begin] of [
    ['a rejected call', () => send({ sent: false, reason: 'paused' })],
    [
      'a failed one',
      () => inFlight.send(dispatch, signal, () => Promise.reject(new Error('no node'))).catch(() => undefined),
    ],
    ['an unknown key', () => Promise.resolve()],
  ] as const) {
    it(`of ${name} is not tracked: later notices change nothing`, async () => {
      await begin();
      inFlight.mined('attest-1', 7n);
      inFlight.abandoned('attest-1');
      inFlight.finalized('product', 7n);
      assert.deepEqual(holds(), [undefined, undefined]);
      assert.deepEqual([...wakeUps, ...settled], []);
    });
  }
});
