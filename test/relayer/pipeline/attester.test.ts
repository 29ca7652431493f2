import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { compactSignature } from '../../../protocol/attestation.ts';
import { type Attester, createAttester } from '../../../relayer/pipeline/attester.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { type Statement, stateAnchor, stateBatch, stateBounce, statePause } from '../../../relayer/state/statement.ts';
import {
  bridges,
  closings,
  deadline,
  emptyHistory,
  hashOf,
  holder,
  lane,
  openGate,
  pair,
  slowSigner,
  transferOf,
} from '../support.ts';

const signature = compactSignature({ r: '0x01', s: '0x02', yParity: 0 });
const batch = stateBatch(pair, 1n, [transferOf(0n)]);
const bounce = stateBounce(pair, 1n, transferOf(0n), deadline);
const pause = statePause(pair, 'main', 1n, 0n);
const anchorsDomain = { chainId: 1, anchors: bridges[1], sourceChainId: 2 };
const content = { number: 7n, attestedAt: 1n, blockHash: hashOf(7), historyRoot: hashOf(8) };
const anchor = stateAnchor(anchorsDomain, 1n, content);

describe('the attester', () => {
  let view: ReturnType<typeof openGate>['view'];
  let key: ReturnType<typeof slowSigner>;
  let attester: Attester;
  let steps: string[];
  beforeEach(() => {
    const ledger = createLedger(lane);
    ledger.add(transferOf(0n), 0);
    const opened = openGate(ledger, holder);
    view = opened.view;
    key = slowSigner(holder);
    steps = [];
    attester = createAttester({
      signer: { address: holder, sign: () => (steps.push('key'), key.signer.sign()) },
      gate: { obstacle: (statement) => (steps.push('gate'), opened.gate.obstacle(statement)) },
      history: { record: () => void steps.push('history') },
      onSecondContent: () => assert.fail(),
    });
  });

  it('passes the gate, records, signs, and passes the gate again', async () => {
    for (const [statement, expected] of [
      [batch, ['gate', 'history', 'key', 'gate']],
      [bounce, ['gate', 'history', 'key', 'gate']],
      [anchor, ['gate', 'history', 'key', 'gate']],
      [pause, ['gate', 'key', 'gate']],
    ] as const) {
      steps = [];
      const signing = attester.sign(statement);
      key.finish();
      assert.equal(await signing, signature);
      assert.deepEqual(steps, expected);
    }
  });

  for (const [name, reason, close] of closings) {
    for (const statement of [batch, bounce]) {
      it(`returns no signature of a ${statement.kind} when ${name} arrives while the key works`, async () => {
        const signing = attester.sign(statement);
        assert.equal(key.asked(), 1);
        close(view);
        key.finish();
        await assert.rejects(signing, { code: reason });
      });
    }

    it(`records and signs nothing after ${name}`, async () => {
      close(view);
      key.finish();
      await assert.rejects(attester.sign(batch), { code: reason });
      assert.deepEqual(steps, ['gate']);
    });

    it(`returns no cached signature after ${name}`, async () => {
      const first = attester.sign(batch);
      key.finish();
      await first;
      close(view);
      await assert.rejects(attester.sign(batch), { code: reason });
      assert.equal(key.asked(), 1);
    });
  }

  it('returns no cached signature when the gate closes between both checks', async () => {
    const first = attester.sign(batch);
    key.finish();
    await first;
    const second = attester.sign(batch);
    view.paused = true;
    await assert.rejects(second, { code: 'paused' });
  });

  it('signs a pause despite any other fault, but not for a bridge of which it is no signer', async () => {
    for (const [, reason, close] of closings) if (reason !== 'not-a-signer') close(view);
    const signing = attester.sign(pause);
    key.finish();
    assert.equal(await signing, signature);
    view.signers = [];
    await assert.rejects(attester.sign(pause), { code: 'not-a-signer' });
  });

  it('uses the key once for concurrent and later requests of one digest', async () => {
    const signings = [attester.sign(batch), attester.sign(batch)];
    key.finish();
    assert.deepEqual(await Promise.all(signings), [signature, signature]);
    assert.equal(await attester.sign(batch), signature);
    assert.equal(key.asked(), 1);
  });

  it('reports what the key has signed, once for each digest', async () => {
    const signed: Statement[] = [];
    const reporting = createAttester({
      ...{ signer: key.signer, gate: { obstacle: () => undefined }, history: emptyHistory },
      ...{ onSecondContent: () => assert.fail(), onSigned: (statement) => signed.push(statement) },
    });
    const signings = [reporting.sign(batch), reporting.sign(batch)];
    await Promise.resolve();
    assert.deepEqual(signed, []);
    key.finish();
    await Promise.all(signings);
    await reporting.sign(batch);
    assert.deepEqual(signed, [batch]);
  });

  it('retries the key after a failure', async () => {
    let attempts = 0;
    const failing = createAttester({
      signer: {
        address: holder,
        sign: () =>
          attempts++ === 0
            ? Promise.reject(new Error('token removed'))
            : Promise.resolve({ r: '0x01', s: '0x02', yParity: 0 }),
      },
      gate: { obstacle: () => undefined },
      history: emptyHistory,
      onSecondContent: () => assert.fail(),
    });
    await assert.rejects(failing.sign(batch), /token removed/);
    assert.equal(await failing.sign(batch), signature);
  });

  it('reports a second content, and returns neither a new nor a cached signature', async () => {
    const seen: bigint[] = [];
    const conflicts: bigint[] = [];
    const guarded = createAttester({
      signer: key.signer,
      gate: { obstacle: () => undefined },
      history: { record: () => conflicts[0] },
      onSecondContent: (_, nonce) => seen.push(nonce),
    });
    const first = guarded.sign(batch);
    key.finish();
    await first;
    conflicts.push(0n);
    for (const statement of [batch, bounce]) {
      await assert.rejects(guarded.sign(statement), (error) => {
        assert.ok(error instanceof PegwayError);
        assert.equal(error.code, 'second-content');
        return true;
      });
    }
    assert.deepEqual(seen, [0n, 0n]);
    assert.equal(key.asked(), 1);
  });
});
