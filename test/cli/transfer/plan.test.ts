import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { getAddress } from 'viem';

import { didYouMean } from '../../../cli/inspect/did-you-mean.ts';
import { type PlanWords, describePlan, planOf } from '../../../cli/transfer/plan.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import type { PegInfo } from '../../../sdk/index.ts';

const addressOf = (byte: string) => getAddress(`0x${byte.repeat(20)}`);
const self = addressOf('aa');
const ONE = 10n ** 18n;

const token = (byte: string, symbol: string, decimals: number) => ({
  ...{ address: addressOf(byte), symbol, decimals, missing: [] },
});

/** Two SNSD for one SMENT. */
const snsd: PegInfo = {
  mainToken: addressOf('11'),
  productToken: addressOf('12'),
  numerator: 2n,
  denominator: 1n,
  main: token('11', 'SMENT', 18),
  product: token('12', 'SNSD', 18),
  minimumDeposit: ONE / 100n,
  minimumRedeem: ONE / 50n,
  depositFee: { flat: ONE / 10n, basisPoints: 0 },
  redeemFee: { flat: 0n, basisPoints: 0 },
  retired: false,
  withdrawLimit: undefined,
  mintLimit: undefined,
};
/** Three base units of GRAM for ten million of GLD. */
const gram: PegInfo = {
  ...snsd,
  productToken: addressOf('13'),
  numerator: 3n,
  denominator: 10n ** 7n,
  product: token('13', 'GRAM', 6),
  minimumDeposit: 0n,
  minimumRedeem: 0n,
};

const plan = (words: Partial<PlanWords>) => {
  const given = {
    direction: 'mint',
    peg: 'SNSD',
    amount: '1',
    token: undefined,
    recipient: undefined,
    ...words,
  } as const;
  return planOf([snsd, gram], given, self);
};
const refusal = (words: Partial<PlanWords>): string => {
  try {
    plan(words);
  } catch (error) {
    assert.ok(error instanceof PegwayError);
    assert.equal(error.exitCode, 2);
    return `${error.message} → ${error.hint ?? ''}`;
  }
  return assert.fail('it was taken');
};

describe('the amount of a transfer', () => {
  it('counts the token that departs, unless it names the other', () => {
    assert.deepEqual([plan({ amount: '2.5' }).amount, plan({ amount: '2.5' }).arrives], [(5n * ONE) / 2n, 5n * ONE]);
    assert.equal(plan({ amount: '2.5', token: 'SMENT' }).arrives, 5n * ONE);
    const named = plan({ amount: '2.5', token: 'SNSD' });
    assert.deepEqual([named.amount, named.arrives], [(5n * ONE) / 4n, (5n * ONE) / 2n]);
    const back = plan({ direction: 'withdraw', amount: '1', token: 'SMENT' });
    assert.deepEqual([back.amount, back.arrives], [2n * ONE, ONE]);
  });

  it('that cannot arrive exactly is refused with one that can', () => {
    assert.match(
      refusal({ peg: 'GRAM', amount: '1.000001', token: 'GRAM' }),
      /no amount of SMENT becomes exactly 1\.000001 GRAM → a little less would do: 0\.999999 GRAM/,
    );
    assert.equal(plan({ peg: 'GRAM', amount: '0.999999', token: 'GRAM' }).amount, 333_333n * 10n ** 7n);
  });

  it('in a token of no peg is refused with the two that would do', () => {
    assert.match(refusal({ token: 'BOAT' }), /BOAT is no token of this peg → expected SMENT.*or SNSD/);
  });

  it('is shown with what arrives, for whom, and the fee', () => {
    assert.equal(
      describePlan(plan({ amount: '2.5' }), self),
      `2.5 SMENT become 5 SNSD for ${self} (this account), and 0.1 SMENT are the bridge's fee`,
    );
    const recipient = addressOf('bb');
    assert.equal(
      describePlan(plan({ direction: 'withdraw', amount: '2', recipient }), self),
      `2 SNSD become 1 SMENT for ${recipient}`,
    );
  });
});

describe('a mistyped name', () => {
  it('is answered with the peg that it resembles', () => {
    assert.match(refusal({ peg: 'snsd' }), /no peg is named snsd → did you mean SNSD\?/);
    assert.match(refusal({ peg: 'GRAMM' }), /did you mean GRAM\?/);
    assert.match(refusal({ peg: 'WIND' }), /expected one of SNSD, GRAM/);
  });

  it('resembles the word with the fewest edits, and none that is far', () => {
    assert.equal(didYouMean('BAOT', ['GOLD', 'BOAT']), 'BOAT');
    assert.equal(didYouMean('BOAR', ['GOLD', 'BOAT']), 'BOAT');
    assert.equal(didYouMean('X', ['BOAT']), undefined);
  });
});
