import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { accountFromRecords, agreeOnCount, gaps, nextNonce } from '../../../relayer/tx/nonces.ts';
import type { TransactionRecord } from '../../../relayer/tx/records.ts';

const record = (nonce: number, status: TransactionRecord['status'] = 'pending'): TransactionRecord => {
  const mined = status === 'pending' ? null : { number: BigInt(nonce), hash: '0x01' as const };
  return { nonce, status, mined } as TransactionRecord;
};

describe('the count of an account’s transactions', () => {
  it('counts as agreed only when two nodes report it: a single node may raise it', () => {
    assert.deepEqual(agreeOnCount(['0x5', '0x9', '0x4']), { agreed: 5, highest: 9 });
    assert.deepEqual(agreeOnCount(['0x9', '0x9', '0x4']), { agreed: 9, highest: 9 });
  });

  it('is that of the only node that has the block', () => {
    assert.deepEqual(agreeOnCount(['0x5']), { agreed: 5, highest: 5 });
  });

  it('ignores malformed answers', () => {
    assert.deepEqual(agreeOnCount([null, 7, '0x', 'five', `0x${'f'.repeat(60)}`, '0x3']), { agreed: 3, highest: 3 });
    assert.equal(agreeOnCount([null, 'five']), null);
    assert.equal(agreeOnCount([]), null);
  });

  it('starts above the last mined record', () => {
    const { count, witness } = accountFromRecords([record(3, 'settled'), record(4, 'mined'), record(5)]);
    assert.equal(count, 5);
    assert.equal(witness?.number, 4n);
    assert.equal(accountFromRecords([record(5)]).count, 0);
  });
});

describe('the nonce of a new transaction', () => {
  it('is the lowest that is neither used nor taken', () => {
    assert.equal(nextNonce([], 7), 7);
    assert.equal(nextNonce([record(7), record(8)], 7), 9);
    assert.equal(nextNonce([record(7), record(9)], 7), 8);
  });

  it('is never one that the account has used', () => {
    assert.equal(nextNonce([record(3)], 7), 7);
  });
});

describe('nonce gaps', () => {
  it('are the unused nonces below the highest pending one', () => {
    assert.deepEqual(gaps([record(7), record(9), record(12)], 7), [8, 10, 11]);
  });

  it('do not exist below the count, nor above the highest pending nonce', () => {
    assert.deepEqual(gaps([record(9)], 10), []);
    assert.deepEqual(gaps([record(7), record(8)], 7), []);
  });

  it('do not exist without a pending transaction', () => {
    assert.deepEqual(gaps([record(9, 'mined')], 5), []);
  });
});
