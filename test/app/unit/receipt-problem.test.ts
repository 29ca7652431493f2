import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { en } from '../../../app/i18n/en.ts';
import { receiptProblem } from '../../../app/receipt/receipt-problem.ts';
import { type Reason, reasons } from '../../../protocol/reasons.ts';
import { NoReceiptError } from '../../../sdk/receipt.ts';

const shownFor = (...answers: readonly (Reason | undefined)[]): string => {
  const refused = answers.map((reason) => ({
    ...(reason === undefined ? { problem: 'fetch failed' } : { reason, problem: reasons[reason] }),
    ...{ relayer: 'http://127.0.0.1:1', isFalse: false },
  }));
  return receiptProblem(new NoReceiptError(refused), en);
};

describe('a receipt that no relayer gives', () => {
  it('is worth another attempt while the execution is not final, and after too many requests', () => {
    assert.equal(shownFor('waiting-for-finality'), en.receipt.pending);
    assert.equal(shownFor('unknown-nonce', 'waiting-for-turn'), en.receipt.pending);
    assert.equal(shownFor(undefined, 'too-many-requests'), en.receipt.busy);
  });

  it('is refused with the reason of the relayers otherwise', () => {
    assert.ok(shownFor('unprovable').includes(en.reasons.unprovable));
    assert.ok(shownFor(undefined, 'rpc-unreachable').includes(en.reasons['rpc-unreachable']));
  });

  it('has no reason when no relayer answers, or the code for it does not load', () => {
    assert.equal(shownFor(undefined), en.receipt.unanswered);
    assert.equal(shownFor(), en.receipt.unanswered);
    assert.equal(receiptProblem(new TypeError('failed to fetch a module'), en), en.receipt.unanswered);
  });
});
