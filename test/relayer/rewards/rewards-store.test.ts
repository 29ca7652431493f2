// Facts survive a restart, and periods computed from the store are those of the vectors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import type { Address } from 'viem';

import { sides } from '../../../protocol/lane.ts';
import { createRewardsBook } from '../../../relayer/rewards/rewards-book.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type PlacedFact, openRewardsStore } from '../../../relayer/store/rewards-store.ts';
import type { RewardFact } from '../../../protocol/rewards.ts';

interface Vectors {
  readonly mainTokens: Readonly<Record<string, Address>>;
  readonly vectors: readonly {
    readonly name: string;
    readonly until: number;
    readonly facts: readonly Record<string, unknown>[];
    readonly periods: Readonly<Record<string, readonly { readonly root: string; readonly total: string }[]>>;
  }[];
}
const { mainTokens, vectors } = JSON.parse(readFileSync('docs/rewards-vectors.json', 'utf8')) as Vectors;

const BIG = ['at', 'firstNonce', 'mask', 'nonce', 'amount'];
const factsOf = (side: string, facts: Vectors['vectors'][number]['facts']): PlacedFact[] =>
  facts
    .filter((fact) => fact['side'] === side)
    .map((fact, index) => ({
      block: BigInt(index >> 1),
      log: index % 2,
      isFirst: index === 0,
      fact: Object.fromEntries(
        Object.entries(fact).map(([key, value]) => [key, BIG.includes(key) ? BigInt(value as string) : value]),
      ) as unknown as RewardFact,
    }));

describe('the store of reward facts', () => {
  it('returns facts as they were written, in chain order and in pages', () => {
    const store = openRewardsStore(new RecordDatabase(':memory:'), 'a');
    const facts = factsOf('main', vectors[2]!.facts);
    store.extend('main', { low: 5n, high: 9n, until: 7n }, facts.toReversed());
    const first = store.page('main', undefined, 2);
    const rest = store.page('main', first.at(-1), 100);
    assert.deepEqual([...first, ...rest], facts);
    assert.deepEqual(store.range('main'), { low: 5n, high: 9n, until: 7n });
    assert.ok(store.isComplete('main'));
    assert.ok(!store.isComplete('product'));
  });

  it('is emptied for another pair of bridges, and kept for the same', () => {
    const database = new RecordDatabase(':memory:');
    const facts = factsOf('main', vectors[0]!.facts);
    openRewardsStore(database, 'a').extend('main', { low: 0n, high: 1n, until: 2n }, facts);
    assert.equal(openRewardsStore(database, 'a').page('main', undefined, 100).length, facts.length);
    const other = openRewardsStore(database, 'b');
    assert.equal(other.page('main', undefined, 100).length, 0);
    assert.equal(other.range('main'), undefined);
  });
});

describe('the book of rewards', () => {
  for (const { name, until, facts, periods } of vectors) {
    it(`computes from the store: ${name}`, async () => {
      const store = openRewardsStore(new RecordDatabase(':memory:'), 'a');
      for (const side of sides) store.extend(side, { low: 0n, high: 9n, until: 0n }, factsOf(side, facts));
      let now = 0n;
      const book = createRewardsBook({
        store,
        until: () => now,
        mainTokenOf: (productToken) => mainTokens[productToken],
      });
      assert.equal(await book.update(), false);
      now = BigInt(until);
      assert.equal(await book.update(), true);
      assert.equal(await book.update(), false);
      for (const [token, expected] of Object.entries(periods)) {
        assert.deepEqual(
          book.periods(token as Address).map(({ root, total }) => ({ root, total: `${total}` })),
          expected.map(({ root, total }) => ({ root, total })),
        );
      }
      assert.deepEqual([...book.tokens()].sort(), Object.keys(periods).sort());
      book.clear();
      assert.deepEqual(book.tokens(), []);
    });
  }
});
