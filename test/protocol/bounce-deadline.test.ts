import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { bounceDeadline } from '../../protocol/bounce-deadline.ts';

const DAY = 86_400n;

describe('the deadline of a bounce', () => {
  it('is the second midnight after the head', () => {
    assert.equal(bounceDeadline(10n * DAY), 12n * DAY);
    assert.equal(bounceDeadline(11n * DAY - 1n), 12n * DAY);
    assert.equal(bounceDeadline(11n * DAY), 13n * DAY);
  });

  it('is more than one day and at most two days away', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 40n), (timestamp) => {
        const left = bounceDeadline(timestamp) - timestamp;
        assert.ok(left > DAY && left <= 2n * DAY, `${left} s`);
      }),
    );
  });
});
