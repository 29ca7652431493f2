// The formula of docs/rewards.md, against vectors computed by a script that shares no code with it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { type Address, getAddress, zeroHash } from 'viem';

import { REWARDS_VERSION, type RewardFact, createRewardTally, startOfWeek, weekOf } from '../../protocol/rewards.ts';
import { rewardsProof, rewardsRoot } from '../../protocol/rewards-tree.ts';
import { type Fact, type Period, recompute } from '../../scripts/recompute-rewards.ts';

interface Vectors {
  readonly version: number;
  readonly mainTokens: Readonly<Record<string, Address>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly until: number;
    readonly facts: readonly Fact[];
    readonly periods: Readonly<Record<string, readonly Period[]>>;
  }[];
}

const { version, mainTokens, vectors } = JSON.parse(readFileSync('docs/rewards-vectors.json', 'utf8')) as Vectors;

const BIG = ['at', 'firstNonce', 'mask', 'nonce', 'amount'];
const toFact = (fact: Fact): RewardFact =>
  Object.fromEntries(
    Object.entries(fact).map(([key, value]) => [key, BIG.includes(key) ? BigInt(value as string) : (value as unknown)]),
  ) as unknown as RewardFact;

function computed(facts: readonly Fact[], until: number): Record<string, Period[]> {
  const tally = createRewardTally((productToken) => mainTokens[productToken]);
  for (const fact of facts) tally.add(toFact(fact));
  const periods = [...tally.periods(BigInt(until))].map(([token, list]): [string, Period[]] => [
    token,
    list.map(({ period, endsAt, distributed, carried, total, root, shares }) => ({
      ...{ period: Number(period), endsAt: Number(endsAt), total: `${total}`, root },
      ...{ distributed: `${distributed}`, carried: `${carried}` },
      earned: Object.fromEntries(shares.map(({ account, earned }) => [account, `${earned}`])),
    })),
  ]);
  return Object.fromEntries(periods.filter(([, list]) => list.length > 0));
}

describe('The rewards of a period', () => {
  it('are those of the vectors of this version', () => {
    assert.equal(version, REWARDS_VERSION);
    assert.ok(vectors.length >= 8);
  });

  for (const { name, until, facts, periods } of vectors) {
    it(name, () => assert.deepEqual(computed(facts, until), periods));
  }

  it('give away what arrived and no unit more, whatever happened, and as the independent script computes', () => {
    const accounts = Array.from({ length: 8 }, (_, index) =>
      getAddress(`0x${(index + 1).toString(16).padStart(40, '0')}`),
    );
    const account = fc.constantFrom(...accounts);
    const productToken = fc.constantFrom(...Object.keys(mainTokens));
    const at = fc.integer({ min: 0, max: 5 * 604_800 }).map((seconds) => 1_793_577_600 + seconds);
    const side = fc.constantFrom('main' as const, 'product' as const);
    const small = fc.bigInt(0n, 9n).map(String);
    const submitted = { side, at, productToken, submitter: account };
    const fact: fc.Arbitrary<Fact> = fc.oneof(
      fc.record({
        ...submitted,
        kind: fc.constant('executed' as const),
        firstNonce: small,
        mask: small,
        signerMask: fc.integer({ min: 0, max: 255 }),
      }),
      fc.record({ ...submitted, kind: fc.constant('released' as const), nonce: small }),
      fc.record({ ...submitted, kind: fc.constant('bounced' as const) }),
      fc.record({
        ...{ side: fc.constant('main' as const), kind: fc.constant('collected' as const), at, productToken },
        amount: fc.bigInt(1n, 10n ** 24n).map(String),
      }),
    );
    fc.assert(
      fc.property(fc.array(fact, { maxLength: 40 }), (random) => {
        // Two events each are one transaction, in one block.
        const ordered = (['product', 'main'] as const).flatMap((of) => {
          const own = random.filter((one) => one.side === of);
          return own.map((one, index) => ({
            ...one,
            at: own[index - (index % 2)]?.at ?? one.at,
            transaction: `${of} ${Math.floor(index / 2)}`,
          }));
        });
        const lists = (['product', 'main'] as const).map((of): Fact => ({
          side: of,
          kind: 'signers',
          at: 0,
          signers: accounts,
        }));
        const facts = [...lists, ...ordered];
        const until = 1_793_577_600 + 6 * 604_800;
        const result = computed(facts, until);
        const independent = recompute(facts, mainTokens, until);
        assert.deepEqual(result, Object.fromEntries(Object.entries(independent).filter(([, list]) => list.length > 0)));
        for (const [token, list] of Object.entries(result)) {
          const arrived = facts.reduce(
            (all, { kind, productToken: of = '', amount = '0' }) =>
              kind === 'collected' && mainTokens[of] === token ? all + BigInt(amount) : all,
            0n,
          );
          assert.equal(BigInt(list.at(-1)?.total ?? 0) + BigInt(list.at(-1)?.carried ?? 0), arrived);
        }
      }),
    );
  });
});

describe('A week', () => {
  it('begins on Monday, 00:00 UTC', () => {
    for (const day of ['2026-11-02', '2024-01-01', '1970-01-05']) {
      const monday = BigInt(Date.parse(`${day}T00:00:00Z`) / 1_000);
      assert.equal(startOfWeek(weekOf(monday)), monday);
      assert.equal(weekOf(monday - 1n), weekOf(monday) - 1n);
      assert.equal(weekOf(monday + 604_799n), weekOf(monday));
    }
  });
});

describe('A tree of rewards', () => {
  it('without leaves has the root zero, and no proof', () => {
    assert.equal(rewardsRoot([]), zeroHash);
    assert.throws(() => rewardsProof([], getAddress(`0x${'1'.repeat(40)}`)), RangeError);
  });

  it('of one leaf needs no proof', () => {
    const account = getAddress(`0x${'1'.repeat(40)}`);
    assert.deepEqual(rewardsProof([{ account, earned: 1n }], account), []);
  });
});
