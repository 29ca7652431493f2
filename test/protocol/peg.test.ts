import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { type Rate, MAXIMUM_AMOUNT, quote, stepOf, toProduct } from '../../protocol/peg.ts';
import { mainToken, peg, productToken } from '../relayer/support.ts';

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
const rates = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 30n }), fc.bigInt({ min: 1n, max: 10n ** 30n }))
  .map(([a, b]): Rate => {
    const divisor = gcd(a, b);
    return { mainToken, productToken, numerator: a / divisor, denominator: b / divisor };
  });
const directions = fc.constantFrom('mint', 'withdraw');
const amounts = fc.bigInt({ min: 0n, max: 2n ** 140n });

describe('a quote', () => {
  it('is exact or rejected', () => {
    fc.assert(
      fc.property(rates, directions, amounts, (rate, direction, amount) => {
        const quoted = quote(rate, direction, amount, 1n);
        if (!quoted.ok) return;
        const [from, to] =
          direction === 'mint' ? [rate.denominator, rate.numerator] : [rate.numerator, rate.denominator];
        assert.equal(quoted.amount * from, amount * to);
        assert.ok(amount <= MAXIMUM_AMOUNT && quoted.amount <= MAXIMUM_AMOUNT);
      }),
    );
  });

  it('converts back to the original amount', () => {
    fc.assert(
      fc.property(rates, directions, amounts, (rate, direction, amount) => {
        const there = quote(rate, direction, amount, 1n);
        if (!there.ok) return;
        const back = quote(rate, direction === 'mint' ? 'withdraw' : 'mint', there.amount, 1n);
        assert.deepEqual(back, { ok: true, amount });
      }),
    );
  });

  it('suggests a valid amount when it is rejected', () => {
    fc.assert(
      fc.property(rates, directions, amounts, (rate, direction, amount) => {
        const quoted = quote(rate, direction, amount, 1n);
        if (quoted.ok || quoted.reason === 'below-minimum' || quoted.suggestion === 0n) return;
        assert.ok(quoted.suggestion < amount);
        assert.equal(quote(rate, direction, quoted.suggestion, 1n).ok, true);
      }),
    );
  });

  it('is rejected for zero and below the minimum, which it suggests', () => {
    assert.deepEqual(quote(peg, 'mint', 0n, 1n), { ok: false, reason: 'below-minimum', suggestion: 1n });
    assert.deepEqual(quote(peg, 'mint', 9n, 10n), { ok: false, reason: 'below-minimum', suggestion: 10n });
    assert.deepEqual(quote(peg, 'mint', 10n, 10n), { ok: true, amount: 20n });
  });

  it('is rejected above 128 bits on either side', () => {
    assert.equal(quote(peg, 'mint', MAXIMUM_AMOUNT, 1n).ok, false, 'the doubled amount does not fit');
    const largest = MAXIMUM_AMOUNT / 2n;
    assert.deepEqual(quote(peg, 'mint', largest, 1n), { ok: true, amount: 2n * largest });
    assert.deepEqual(quote(peg, 'mint', largest + 1n, 1n), { ok: false, reason: 'too-large', suggestion: largest });
  });

  it('is rejected for a fraction of a step', () => {
    assert.equal(stepOf(peg, 'withdraw'), 2n);
    assert.deepEqual(quote(peg, 'withdraw', 7n, 1n), { ok: false, reason: 'inexact-amount', suggestion: 6n });
  });
});

describe('a sum in product base units', () => {
  it('is the sum of its converted parts', () => {
    fc.assert(
      fc.property(rates, fc.array(fc.bigInt({ min: 0n, max: 10n ** 20n })), (rate, parts) => {
        const amounts = parts.map((part) => part * rate.denominator);
        const sum = amounts.reduce((a, b) => a + b, 0n);
        assert.equal(
          toProduct(rate, sum),
          amounts.reduce((a, b) => a + toProduct(rate, b), 0n),
        );
      }),
    );
  });
});
