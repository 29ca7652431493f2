import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { benchGas, flatFee, gasPerTransfer, productPrice } from '../../../cli/fees/transfer-cost.ts';

describe('the cost of a transfer', () => {
  it('uses the gas that the benchmark measured', () => {
    const measured = JSON.parse(readFileSync('bench/results/gas.json', 'utf8')) as Record<
      string,
      Record<string, { cold: number }>
    >;
    for (const call of ['mint', 'withdraw'] as const) {
      const ofCall = measured[call];
      const { one, ofHundred } = benchGas[call];
      assert.deepEqual(
        [one, ofHundred].map(Number),
        [ofCall?.['1']?.cold, Math.round(ofCall?.['100']?.cold ?? 0)],
        call,
      );
    }
  });

  it('shares the cost of a call among its transfers, and never falls below the measured average', () => {
    const { one, ofHundred } = benchGas.withdraw;
    assert.equal(gasPerTransfer(benchGas.withdraw, 1n), one);
    const average = gasPerTransfer(benchGas.withdraw, 100n);
    assert.ok(average >= ofHundred - 1n && average <= ofHundred + 2n, `${average}`);
  });

  it('is the gas at the gas price, in tokens, with the margin, rounded up to three digits', () => {
    // 100,000 gas at 20 gwei are 0.002 coins, at 3,000 each 6; a token is worth 0.12: 50 tokens, and a quarter on top.
    const costs = { gas: 100_000n, gasPrice: 20n * 10n ** 9n, coinPrice: 3_000n * 10n ** 18n, margin: 25n };
    const tokenPrice = 12n * 10n ** 16n;
    assert.equal(flatFee({ ...costs, tokenPrice, tokenDecimals: 18 }), 62_500_000_000_000_000_000n);
    assert.equal(flatFee({ ...costs, tokenPrice, tokenDecimals: 0 }), 63n);
    assert.equal(flatFee({ ...costs, gas: 100_001n, tokenPrice, tokenDecimals: 6 }), 62_600_000n);
    assert.equal(flatFee({ ...costs, gasPrice: 0n, tokenPrice, tokenDecimals: 18 }), 0n);
  });

  it('prices a product token by the rate of its peg', () => {
    // 1 GOLD of 6 decimals is 10 GRAM of 18.
    const rate = { numerator: 10n ** 13n, denominator: 1n };
    assert.equal(productPrice(rate, 50n * 10n ** 18n, { main: 6, product: 18 }), 5n * 10n ** 18n);
  });
});
