import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { type Address, zeroAddress } from 'viem';

import { type Draft, type Facts, check, largestOf } from '../../../app/bridge/checks.ts';
import { plainAmount } from '../../../app/chain/amount.ts';
import type { PegView, SideView } from '../../../app/chain/overview.ts';
import { MAXIMUM_AMOUNT } from '../../../protocol/peg.ts';
import { COIN, feeOf } from '../../../sdk/index.ts';

const address = (digit: number): Address => `0x${digit.toString().repeat(40)}`;
const ONE = 10n ** 18n;

const peg: PegView['sides']['main'] = {
  mainToken: address(1),
  productToken: address(2),
  numerator: 2n,
  denominator: 1n,
  minimum: 100n,
  gasCap: 150_000,
  retired: false,
  capacity: MAXIMUM_AMOUNT,
  refillPerSecond: 0n,
  available: MAXIMUM_AMOUNT,
  flat: 0n,
  basisPoints: 0,
};
const token = (name: string, digit: number) => ({
  address: address(digit),
  name,
  symbol: name,
  decimals: 18,
  missing: [],
});
const pegView: PegView = {
  productToken: address(2),
  locked: 0n,
  supply: 0n,
  tokens: { main: token('SMENT', 1), product: token('SNSD', 2) },
  sides: { main: peg, product: peg },
  next: { main: 0n, product: 0n },
};
const side: SideView = {
  head: { number: 10n, timestamp: 1_000n },
  final: { number: 8n, timestamp: 998n },
  finality: 'tag',
  pausedUntil: 0n,
  signers: [],
  threshold: 4,
  parkDelay: 60,
};
const facts: Facts = {
  overview: { sides: { main: side, product: side }, pegs: [pegView], odd: [] },
  peg: pegView,
  bridges: { main: address(3), product: address(4) },
  account: address(5),
  isAbsent: false,
  balances: { main: { token: 100n * ONE, coins: ONE }, product: { token: 100n * ONE, coins: 0n } },
  fee: 0n,
  payment: undefined,
};
const draft: Draft = { direction: 'mint', amount: '1', recipient: undefined };
const redraft: Draft = { ...draft, direction: 'withdraw' };

const kinds = (one: Draft, other: Facts) => check(one, other).findings.map(({ level, kind }) => `${level} ${kind}`);
const pausedAt = (where: 'main' | 'product'): Facts => ({
  ...facts,
  overview: { ...facts.overview, sides: { main: side, product: side, [where]: { ...side, pausedUntil: 1_001n } } },
});

describe('what is said of a draft', () => {
  it('warns of a token without decimals, and of no other', () => {
    const bare = { ...pegView.tokens.main, decimals: 0, missing: ['symbol', 'decimals'] as const };
    const ofBare: Facts = { ...facts, peg: { ...pegView, tokens: { ...pegView.tokens, main: bare } } };
    assert.deepEqual(kinds({ ...draft, amount: '200' }, ofBare), ['notice no-decimals']);
    assert.deepEqual(kinds(draft, facts), []);
  });

  it('is nothing when all is well, with the exact amount that arrives', () => {
    const { findings, amount, arrives, recipient } = check(draft, facts);
    assert.deepEqual([findings, amount, arrives, recipient], [[], ONE, 2n * ONE, address(5)]);
  });

  it('stops at a paused source, and only tells of a paused destination', () => {
    assert.deepEqual(kinds(draft, pausedAt('main')), ['error paused']);
    assert.deepEqual(kinds(draft, pausedAt('product')), ['notice paused']);
    assert.deepEqual(kinds(redraft, pausedAt('product')), ['error paused']);
  });

  it('stops deposits of a retired peg, and not its redeems', () => {
    const retired = { ...facts, peg: { ...pegView, sides: { main: { ...peg, retired: true }, product: peg } } };
    assert.deepEqual(kinds(draft, retired), ['error retired']);
    assert.deepEqual(kinds(redraft, retired), []);
  });

  it('stops both ways of a peg that the bridges describe differently', () => {
    for (const other of [{ numerator: 3n }, { denominator: 3n }, { mainToken: address(6) }]) {
      const unlike = { ...facts, peg: { ...pegView, sides: { main: peg, product: { ...peg, ...other } } } };
      assert.deepEqual(kinds(draft, unlike), ['error peg-mismatch']);
      assert.ok(kinds(redraft, unlike).includes('error peg-mismatch'));
    }
  });

  it('sends nothing unasked to a contract’s own address where no contract stands, nor before that is known', () => {
    const absent = { ...facts, isAbsent: true };
    assert.deepEqual(kinds(draft, absent), ['error absent']);
    assert.deepEqual(kinds({ ...draft, recipient: address(5) }, absent), ['notice absent']);
    assert.deepEqual(kinds({ ...draft, recipient: address(6) }, absent), ['notice somebody-else']);
    const unknown = { ...facts, isAbsent: undefined };
    assert.equal(check(draft, unknown).recipient, undefined);
    assert.equal(check({ ...draft, recipient: address(5) }, unknown).recipient, undefined);
    assert.equal(check({ ...draft, recipient: address(6) }, unknown).recipient, address(6));
  });

  it('tells what the destination’s limit will park, and lets it go', () => {
    const limited = { ...peg, capacity: 10n * ONE, available: 2n * ONE - 1n };
    const over = { ...facts, peg: { ...pegView, sides: { main: peg, product: limited } } };
    assert.deepEqual(kinds(draft, over), ['notice parked']);
    assert.deepEqual(kinds({ ...draft, amount: '0.5' }, over), []);
  });

  it('stops at too little balance, too few coins, and a payment that the token refuses', () => {
    assert.deepEqual(kinds({ ...draft, amount: '101' }, facts), ['error over-balance']);
    assert.deepEqual(kinds(draft, { ...facts, fee: ONE + 1n }), ['error low-coins']);
    assert.deepEqual(kinds(redraft, { ...facts, payment: 'refuses' }), ['error payment-refused']);
  });

  it('leaves room for what the bridge can still lock', () => {
    const full = { ...facts, peg: { ...pegView, locked: MAXIMUM_AMOUNT - ONE + 1n } };
    assert.deepEqual(kinds(draft, full), ['error too-large']);
  });

  it('refuses every recipient that the bridges refuse', () => {
    for (const recipient of [zeroAddress, address(1), address(2), address(3), address(4)]) {
      assert.deepEqual(kinds({ ...draft, recipient }, facts), ['error forbidden-recipient'], recipient);
    }
    assert.deepEqual(kinds({ ...draft, recipient: ` ${address(6)} ` }, facts), ['notice somebody-else']);
    assert.deepEqual(kinds({ ...draft, recipient: '' }, facts), ['error no-recipient']);
    assert.deepEqual(kinds({ ...draft, recipient: '0x12' }, facts), ['error not-an-address']);
  });

  it('suggests only amounts that would do, at any rate', () => {
    const rate = fc.bigInt({ min: 1n, max: 10n ** 20n });
    fc.assert(
      fc.property(rate, rate, fc.bigInt({ min: 0n, max: 2n ** 130n }), fc.boolean(), (a, b, amount, isMint) => {
        const one = { ...peg, numerator: a, denominator: b, minimum: (isMint ? b : a) * 3n };
        const at = { ...facts, balances: undefined, peg: { ...pegView, sides: { main: one, product: one } } };
        const typed = { ...(isMint ? draft : redraft), amount: plainAmount(amount, 18) };
        for (const finding of check(typed, at).findings) {
          if (!('suggestion' in finding)) continue;
          const next = { ...typed, amount: plainAmount(finding.suggestion.amount, 18) };
          assert.deepEqual(kinds(next, at), []);
        }
      }),
    );
  });

  it('counts the fee of the bridge against the balance, in both directions', () => {
    const charged = { ...peg, flat: 3n, basisPoints: 100 };
    const at = { ...facts, peg: { ...pegView, sides: { main: charged, product: charged } } };
    for (const one of [draft, redraft]) {
      assert.equal(check(one, at).bridgeFee, 3n + ONE / 100n);
      assert.deepEqual(kinds({ ...one, amount: '99' }, at), []);
      assert.deepEqual(kinds({ ...one, amount: '99.9' }, at), ['error over-balance']);
      assert.equal(check({ ...one, amount: '' }, at).bridgeFee, undefined);
    }
  });

  it('gives as the most an amount that its balance covers with the fee, and no step more', () => {
    const balance = fc.bigInt({ min: 0n, max: 2n ** 100n });
    const flat = fc.bigInt({ min: 0n, max: 2n ** 40n });
    fc.assert(
      fc.property(balance, flat, fc.integer({ min: 0, max: 100 }), fc.boolean(), (token, part, basisPoints, isMint) => {
        const one = { ...peg, denominator: 3n, flat: part, basisPoints };
        const view = { ...pegView, sides: { main: one, product: one } };
        const held = { main: { token, coins: 0n }, product: { token, coins: 0n } };
        const most = largestOf(view, isMint ? 'mint' : 'withdraw', held);
        const next = most + (isMint ? 3n : 2n);
        assert.ok(most === 0n || most + feeOf(one, most) <= token);
        assert.ok(next + feeOf(one, next) > token);
      }),
    );
  });

  it('counts a coin deposit, its bridge fee and its transaction against the same coins', () => {
    const charged = { ...peg, mainToken: COIN, flat: 10n };
    const view = { ...pegView, tokens: { ...pegView.tokens, main: { ...pegView.tokens.main, address: COIN } } };
    const held = { main: { token: 2n * ONE, coins: 2n * ONE }, product: { token: 0n, coins: 0n } };
    const at = { ...facts, balances: held, peg: { ...view, sides: { main: charged, product: charged } } };
    assert.deepEqual(kinds(draft, { ...at, fee: ONE - 10n }), []);
    assert.deepEqual(kinds(draft, { ...at, fee: ONE - 9n }), ['error low-coins']);
    assert.equal(largestOf(at.peg, 'mint', held, 5n), 2n * ONE - 15n);
  });

  it('gives the whole balance as the most, less what does not convert', () => {
    const held = { main: { token: 11n, coins: 0n }, product: { token: 11n, coins: 0n } };
    assert.equal(largestOf(pegView, 'mint', held), 11n);
    assert.equal(largestOf(pegView, 'withdraw', held), 10n);
  });
});
