import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { parseAmount, plainAmount, share, showAmount, wholeRate } from '../../../app/chain/amount.ts';

const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const decimals = fc.integer({ min: 0, max: 36 });

describe('amounts', () => {
  it('come back exactly as they were, whatever their size and decimals', () => {
    fc.assert(
      fc.property(amount, decimals, (value, places) => {
        assert.deepEqual(parseAmount(plainAmount(value, places), places), { ok: true, amount: value });
        assert.deepEqual(parseAmount(showAmount(value, places).replaceAll(',', ''), places), {
          ok: true,
          amount: value,
        });
      }),
    );
  });

  it('are refused, never rounded, with a digit too many', () => {
    assert.deepEqual(parseAmount('1.0000001', 6), { ok: false, reason: 'too-many-decimals' });
    assert.deepEqual(parseAmount('1.0000010', 6), { ok: true, amount: 1_000_001n });
    for (const text of ['1,5', '1,500', '1,500.25', ',5']) {
      assert.deepEqual(parseAmount(text, 18), { ok: false, reason: 'comma' }, text);
    }
    for (const text of ['1e18', '0x10', '-1', '+1', '1.2.3', '٣', 'NaN']) {
      assert.deepEqual(parseAmount(text, 18), { ok: false, reason: 'not-a-number' }, text);
    }
    for (const text of ['', ' ', '.']) assert.deepEqual(parseAmount(text, 18), { ok: false, reason: 'empty' }, text);
  });

  it('show every digit, and mark thousands', () => {
    assert.equal(showAmount(1234567890123456789012n, 18), '1,234.567890123456789012');
    assert.equal(showAmount(1_000_000n, 0), '1,000,000');
  });

  it('show a rate in whole tokens, reduced, across decimals', () => {
    assert.deepEqual(wholeRate({ numerator: 10n ** 13n, denominator: 1n }, 6, 18), { main: 1n, product: 10n });
    assert.deepEqual(wholeRate({ numerator: 2n, denominator: 1n }, 18, 18), { main: 1n, product: 2n });
    assert.equal(share(1n, 3n), '33.33\u00a0%');
    assert.equal(share(0n, 0n), '–');
  });
});
