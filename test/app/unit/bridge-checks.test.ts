import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { type Address, zeroAddress } from 'viem';

import { type Draft, type Facts, check, largestOf } from '../../../app/bridge/checks.ts';
import { plainAmount } from '../../../app/chain/amount.ts';
import type { PegView, SideView } from '../../../app/chain/overview.ts';
import { MAXIMUM_AMOUNT, type Peg } from '../../../protocol/peg.ts';

const address = (digit: number): Address => `0x${digit.toString().repeat(40)}`;
const ONE = 10n ** 18n;

const peg: Peg = {
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
};
const token = (name: string, digit: number) => ({ address: address(digit), name, symbol: name, decimals: 18 });
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
  pausedUntil: 0n,
  signers: [],
  threshold: 4,
  parkDelay: 60,
};
const facts: Facts = {
  overview: { sides: { main: side, product: side }, pegs: [pegView] },
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

  it('gives the whole balance as the most, less what does not convert', () => {
    const held = { main: { token: 11n, coins: 0n }, product: { token: 11n, coins: 0n } };
    assert.equal(largestOf(pegView, 'mint', held), 11n);
    assert.equal(largestOf(pegView, 'withdraw', held), 10n);
  });
});
