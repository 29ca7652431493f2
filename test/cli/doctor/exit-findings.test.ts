import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { distanceOf, proofsOf, snapshotOf } from '../../../cli/doctor/exit-findings.ts';

const DAY = 86_400n;
const hashOf = (digit: string) => `0x${digit.repeat(64)}` as const;
const bridge = `0x${'b'.repeat(40)}` as const;

describe('the finding about the distance of exits', () => {
  it('passes four days or more, and fails below and once they can be announced', () => {
    assert.equal(distanceOf(4n * DAY).outcome, 'ok');
    assert.equal(distanceOf(4n * DAY - 1n).outcome, 'bad');
    assert.match(distanceOf(0n).found, /anyone can announce the exits now/);
  });
});

describe('the finding about state proofs', () => {
  const final = { number: 9n, hash: hashOf('9') };
  const anchored = { number: 7n, blockHash: hashOf('7') };
  /** A node with the states of these blocks alone. */
  const node =
    (...states: readonly string[]) =>
    <T>(method: string, [, , at]: readonly unknown[]): Promise<T> => {
      assert.equal(method, 'eth_getProof');
      const { blockHash } = at as { readonly blockHash: string };
      return states.includes(blockHash) ? Promise.resolve({} as T) : Promise.reject(new Error('missing trie node'));
    };

  it('fails on a node that proves nothing of the final block, by its hash', async () => {
    const { outcome, found } = await proofsOf(node(anchored.blockHash), bridge, { final, anchored });
    assert.equal(outcome, 'bad');
    assert.match(found, /final block 9: missing trie node/);
  });

  it('passes a node that has forgotten the last anchor, and names it', async () => {
    const { outcome, found } = await proofsOf(node(final.hash), bridge, { final, anchored });
    assert.deepEqual([outcome, found], ['ok', 'at the final block 9; not any more at the last anchor 7']);
    const both = await proofsOf(node(final.hash, anchored.blockHash), bridge, { final, anchored });
    assert.match(both.found, /and at the last anchor 7/);
    assert.equal((await proofsOf(node(final.hash), bridge, { final, anchored: undefined })).outcome, 'ok');
  });
});

describe('the finding about the snapshot', () => {
  const settles = { number: 7n, blockHash: hashOf('7') };

  it('passes that of the last anchor, fails on an older one or one of another fork, and warns without any', () => {
    assert.equal(snapshotOf(settles, [7n], settles.blockHash).outcome, 'ok');
    assert.equal(snapshotOf(settles, [6n], undefined).outcome, 'bad');
    assert.equal(snapshotOf(settles, [7n], hashOf('8')).outcome, 'bad');
    assert.equal(snapshotOf(settles, [], undefined).outcome, 'warn');
  });
});
