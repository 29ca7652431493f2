import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Entry, Picture } from '../../../relayer/shards/registry.ts';
import { shardState, shareOf } from '../../../relayer/shards/shard-states.ts';

const entry = (id: string, shards: readonly string[] = [], generation = 's0 s1'): Entry => ({
  ...{ id, generation, shards, url: `http://${id}`, satellites: {} },
});
const pictureOf = (members: readonly Entry[], holders: readonly (string | undefined)[]): Picture => ({
  ...{ members, secret: 'secret' },
  shards: holders.map((holder, place) => ({ shard: `s${place}`, holder })),
});
const well = { shard: 's0', instance: 'a', isHeld: false, unreachable: undefined, sitsOut: undefined };
const state = (picture: Picture | undefined, changes: Partial<Parameters<typeof shardState>[0]> = {}) =>
  shardState({ ...well, share: picture && shareOf(picture), ...changes });

describe('the state of a shard at a process', () => {
  const both = [entry('a', ['s1']), entry('b', ['s0'])];

  it('has no reason where the process holds it', () => {
    assert.deepEqual(state(pictureOf(both, ['b', 'a']), { shard: 's1', isHeld: true }), { shard: 's1', held: true });
  });

  it('names the process that holds it, also while this one sits out', () => {
    const expected = { shard: 's0', held: false, code: 'held-elsewhere', message: 'held by the process b' };
    assert.deepEqual(state(pictureOf(both, ['b', 'a'])), expected);
    assert.deepEqual(state(pictureOf(both, ['b', 'a']), { sitsOut: 'could not open s1' }), expected);
  });

  it('has the reason why none holds it', () => {
    const words = (...given: Parameters<typeof state>) => {
      const found = state(...given);
      return found.held ? '' : `${found.code}: ${found.message}`;
    };
    const free = pictureOf(both, [undefined, 'a']);
    assert.equal(words(free), 'shard-unheld: held by no process; due at b');
    assert.equal(
      words(free, { sitsOut: 'this process could not open s0: EACCES' }),
      'shard-not-opened: held by no process; this process could not open s0: EACCES',
    );
    const alone = pictureOf([entry('a')], [undefined, undefined]);
    assert.match(words(alone), /^shard-unheld: held by no process; this process takes it once/);
    // A lease of this process that it has lost.
    assert.match(words(pictureOf([entry('a')], ['a', undefined])), /^shard-unheld: .* this process takes it once/);
    const older = pictureOf([entry('a'), entry('old', ['s1'], 's1')], [undefined, 'old']);
    assert.match(words(older), /^other-shards: processes with another list of shards work/);
    assert.match(words(undefined), /^starting: /);
    // Redis is silent: the picture may be outdated.
    assert.equal(
      words(pictureOf(both, ['b', 'a']), { unreachable: 'queue: ECONNREFUSED' }),
      'queue-unreachable: queue: ECONNREFUSED',
    );
  });
});
