import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { claimOf, lateClaimOf, paymentOf } from '../../../protocol/exits/balance-claim.ts';
import { parseSnapshot } from '../../../protocol/exits/snapshot.ts';

describe('the claim of a balance', () => {
  it('is rounded down to main base units', () => {
    assert.equal(claimOf(7n, { numerator: 2n, denominator: 1n }), 3n);
    assert.equal(claimOf(7n, { numerator: 1n, denominator: 3n }), 21n);
  });

  it('is paid in full where the collateral suffices, else in proportion, and never more than there is together', () => {
    assert.equal(paymentOf(10n, { collateral: 30n, registered: 30n }), 10n);
    const shares = { collateral: 100n, registered: 300n };
    const payments = [1n, 99n, 200n].map((amount) => paymentOf(amount, shares));
    assert.deepEqual(payments, [0n, 33n, 66n]);
  });

  it('takes only what the others leave over when it is late', () => {
    assert.equal(lateClaimOf(10n, { collateral: 30n, registered: 25n }), 5n);
    assert.equal(lateClaimOf(3n, { collateral: 30n, registered: 25n }), 3n);
    assert.equal(lateClaimOf(10n, { collateral: 30n, registered: 31n }), 0n);
  });
});

describe('parseSnapshot', () => {
  it('refuses a file of any other kind, and names what is wrong', () => {
    const file = { format: 'pegway-exit-snapshot/1', chainId: 1, header: '0xc0', nodes: ['0x80'] };
    const cases: readonly (readonly [string, RegExp])[] = [
      ['{', /not JSON/],
      ['null', /expected an object/],
      [JSON.stringify({ ...file, format: 'pegway-receipt/1' }), /format pegway-receipt\/1/],
      [JSON.stringify({ ...file, chainId: '1' }), /chainId is no number/],
      [JSON.stringify({ ...file, header: 'c0' }), /header is no hex/],
      [JSON.stringify({ ...file, nodes: [1] }), /nodes is no list of hex/],
    ];
    for (const [text, message] of cases) assert.throws(() => parseSnapshot(text), message);
  });
});
