import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isLow, transfersLeft } from '../../../relayer/monitoring/funds.ts';

const gwei = 10n ** 9n;
const transferAt = (gasPrice: bigint) => 101_000n * gasPrice;

describe('funds', () => {
  it('pay for so many transfers, each alone, at the price of now', () => {
    assert.equal(transfersLeft({ balance: 500n * transferAt(gwei), gasPrice: gwei }), 500);
    assert.equal(transfersLeft({ balance: 500n * transferAt(gwei) - 1n, gasPrice: gwei }), 499);
  });

  it('never end where transactions cost nothing', () => {
    assert.equal(transfersLeft({ balance: 0n, gasPrice: 0n }), Infinity);
    assert.equal(isLow({ balance: 0n, gasPrice: 0n }), false);
  });

  it('are out before a pool refuses the next transaction', () => {
    assert.equal(isLow({ balance: 3n * transferAt(gwei) - 1n, gasPrice: gwei }), true);
    assert.equal(isLow({ balance: 3n * transferAt(gwei), gasPrice: gwei }), false);
  });
});
