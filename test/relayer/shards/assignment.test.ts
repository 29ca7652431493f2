import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type ShardView, assignShards, shardOf, takingPart } from '../../../relayer/shards/assignment.ts';

const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** The shards as held after everyone took up its assignment. */
const settled = (shards: readonly ShardView[], members: readonly string[]): ShardView[] => {
  const assigned = assignShards(shards, members);
  return shards.map(({ shard }) => ({ shard, holder: assigned.get(shard) }));
};
const free = (count: number): ShardView[] => named('s', count).map((shard) => ({ shard, holder: undefined }));
const counts = (shards: readonly ShardView[], members: readonly string[]): number[] =>
  members.map((member) => shards.filter(({ holder }) => holder === member).length);
const moved = (before: readonly ShardView[], after: readonly ShardView[]): number =>
  before.filter(({ holder }, place) => holder !== after[place]?.holder).length;

describe('the assignment of shards', () => {
  it('gives every shard to one process, in numbers that differ by one at most', () => {
    for (let shards = 1; shards <= 12; shards++) {
      for (let processes = 1; processes <= 14; processes++) {
        const members = named('m', processes);
        const after = settled(free(shards), members);
        assert.ok(after.every(({ holder }) => holder !== undefined));
        const each = counts(after, members);
        assert.ok(
          Math.max(...each) - Math.min(...each) <= 1,
          `${shards} shards, ${processes} processes: ${each.join()}`,
        );
        assert.ok(Math.max(...each) <= Math.ceil(shards / processes));
      }
    }
  });

  it('is the same whatever the order in which a process learns of the others', () => {
    const members = named('m', 5);
    const shards = free(9);
    assert.deepEqual(assignShards(shards, members.toReversed()), assignShards(shards, members));
  });

  it('moves nothing while nothing changes', () => {
    const members = named('m', 3);
    const first = settled(free(8), members);
    assert.deepEqual(settled(first, members), first);
  });

  it('moves only the shards of a process that dies', () => {
    const members = named('m', 4);
    const before = settled(free(12), members);
    const after = settled(before, members.slice(1));
    assert.equal(moved(before, after), 3);
    assert.ok(before.every(({ holder }, place) => holder === 'm0' || after[place]?.holder === holder));
  });

  it('moves to a process that joins only its share, also when the others have two and one', () => {
    for (let shards = 1; shards <= 12; shards++) {
      for (let processes = 1; processes <= 6; processes++) {
        const members = named('m', processes);
        const before = settled(free(shards), members);
        const after = settled(before, [...members, 'joins']);
        assert.equal(
          moved(before, after),
          Math.floor(shards / (processes + 1)),
          `${shards} shards, ${processes} processes`,
        );
      }
    }
  });

  it('gives the shards of a holder that is no member to the members', () => {
    const shards = [
      { shard: 's0', holder: 'suspended' },
      { shard: 's1', holder: 'm0' },
    ];
    assert.deepEqual([...assignShards(shards, ['m0', 'm1'])].toSorted(), [
      ['s0', 'm1'],
      ['s1', 'm0'],
    ]);
  });

  it('gives nothing to nobody', () => {
    assert.equal(assignShards(free(3), []).size, 0);
  });
});

describe('the shard of a bridge', () => {
  const bridges = named('31337-0x', 1_000);

  it('is each shard for about as many bridges', () => {
    const shards = named('account-', 4);
    for (const shard of shards) {
      const share = bridges.filter((bridge) => shardOf(bridge, shards) === shard).length;
      assert.ok(share > 200 && share < 300, `${share} of 1,000`);
    }
  });

  it('changes only to a shard that is added, for its share, whatever the order of the list', () => {
    const shards = named('account-', 4);
    const more = ['added', ...shards.toReversed()];
    const changed = bridges.filter((bridge) => shardOf(bridge, shards) !== shardOf(bridge, more));
    assert.ok(changed.length > 150 && changed.length < 250, `${changed.length} of 1,000`);
    assert.ok(changed.every((bridge) => shardOf(bridge, more) === 'added'));
  });
});

describe('processes with different shards', () => {
  const members = [
    { id: 'old0', generation: 'z' },
    { id: 'old1', generation: 'z' },
    { id: 'new0', generation: 'a' },
  ];

  it('wait for those that work', () => {
    assert.deepEqual(
      takingPart(members, (id) => id === 'old1'),
      ['old0', 'old1'],
    );
    assert.deepEqual(
      takingPart(members.slice(2), () => false),
      ['new0'],
    );
  });

  it('agree on one generation when none works yet, or both do', () => {
    for (const isHolding of [() => false, () => true]) assert.deepEqual(takingPart(members, isHolding), ['new0']);
  });
});
