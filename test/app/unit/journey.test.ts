import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { TransferReport } from '../../../app/api/answers.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { finalityOf, lightOf, obstacleOf, seenFinal, stepsOf } from '../../../app/transfer/journey.ts';

const report: TransferReport = {
  reason: undefined,
  signed: undefined,
  block: undefined,
  executedTransaction: undefined,
};
const signer = { index: 2, state: 'in-sync' } as const;
const open = { status: 'open', signerMask: 0, arrival: undefined } as const;
const arrival = { blockNumber: 9n, transactionHash: '0x', signerMask: 0b0100, returnNonce: undefined } as const;
const block = (number: bigint) => ({ number, timestamp: number });

describe('a signer’s light', () => {
  it('is lit by the chain alone: a relayer that says it has signed only says so', () => {
    assert.equal(lightOf(signer, open, { ...report, signed: true }, false), 'says-signed');
    assert.equal(lightOf(signer, { ...open, signerMask: 0b0100 }, undefined, true), 'signed');
  });

  it('is out when the quorum was complete without it, and silent when nobody answers', () => {
    const executed = { status: 'executed', signerMask: 0b1011, arrival } as const;
    assert.equal(lightOf(signer, executed, { ...report, signed: true }, false), 'not-needed');
    assert.equal(lightOf(signer, open, undefined, true), 'silent');
    assert.equal(lightOf(signer, open, { ...report, reason: 'not-final' }, false), 'waiting');
    assert.equal(lightOf(signer, open, { ...report, reason: 'waiting-for-turn' }, false), 'ready');
  });
});

describe('the steps of a transfer', () => {
  it('count blocks until it is final', () => {
    const sides = { head: block(12n), final: block(10n) };
    assert.deepEqual(finalityOf(sides, 12n, undefined), { of: 2n, reached: 0n, isFinal: false });
    assert.deepEqual(finalityOf(sides, 11n, undefined), { of: 2n, reached: 1n, isFinal: false });
    assert.deepEqual(finalityOf(sides, 10n, undefined), { of: 2n, reached: 2n, isFinal: true });
    // A quorum of relayers may have a later final block than this page's node.
    assert.equal(finalityOf(sides, 12n, 12n).isFinal, true);
  });

  it('take a block for final by the relayers’ answers once a quorum has processed it', () => {
    assert.equal(seenFinal([9n, undefined, 12n, 11n, 10n], 4), 9n);
    assert.equal(seenFinal([12n, 12n, 12n, undefined], 4), undefined);
  });

  it('show no block as waiting for finality once a quorum has signed it', () => {
    const steps = stepsOf(open, false, true, false);
    assert.deepEqual([steps.final, steps.signed, steps.submitted], ['done', 'done', 'now']);
  });

  it('go on to the sending only when a quorum has signed, which it does for final blocks alone', () => {
    const states = (isFinal: boolean, isSigned: boolean) => {
      const { signed, submitted } = stepsOf({ status: 'open', arrival: undefined }, isFinal, isSigned, false);
      return [signed, submitted];
    };
    assert.deepEqual(states(false, false), ['next', 'next']);
    assert.deepEqual(states(true, false), ['now', 'next']);
    assert.deepEqual(states(true, true), ['done', 'now']);
  });

  it('end only when the chain says executed, and wait at what is parked', () => {
    assert.equal(stepsOf({ status: 'open', arrival: undefined }, true, true, false).done, 'next');
    assert.equal(stepsOf({ status: 'executed', arrival }, true, true, true).done, 'done');
    assert.equal(stepsOf({ status: 'executed', arrival }, true, true, false).done, 'now');
    assert.equal(stepsOf({ status: 'parked', arrival: undefined }, true, true, false).done, 'stopped');
  });

  it('tell what the chains say before what relayers say, and of them what most say, and who', () => {
    const says = (reason: Reason) => ({ ...report, reason });
    const said = [says('audit-broken'), says('fee-cap'), undefined, says('fee-cap'), report];
    const chain = (reason: Reason) => ({ reason, saidBy: [] });
    assert.deepEqual(obstacleOf('open', true, false, 6, 4, said), chain('paused'));
    assert.deepEqual(obstacleOf('open', false, true, 6, 4, said), chain('payment-refused'));
    assert.deepEqual(obstacleOf('open', false, false, 3, 4, said), chain('waiting-for-signatures'));
    assert.deepEqual(obstacleOf('open', false, false, 6, 4, said), { reason: 'fee-cap', saidBy: [1, 3] });
    assert.equal(obstacleOf('executed', true, true, 0, 4, said), undefined);
  });
});
