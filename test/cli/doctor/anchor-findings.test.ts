import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { lastOf } from '../../../cli/doctor/anchor-findings.ts';

const last = { number: 7n, signerEpoch: 1n, isCorrecting: false, age: 3_600n };

describe('the finding about the last anchor', () => {
  it('passes an anchor of the last day', () => {
    assert.deepEqual(lastOf(last), { outcome: 'ok', found: 'block 7, 3600 s ago' });
  });

  it('fails on an older one, and warns before the first and during a correction', () => {
    assert.equal(lastOf({ ...last, age: 86_401n }).outcome, 'bad');
    assert.equal(lastOf({ ...last, signerEpoch: 0n, age: 86_401n }).outcome, 'warn');
    assert.equal(lastOf({ ...last, isCorrecting: true }).outcome, 'warn');
  });
});
