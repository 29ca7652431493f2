import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, keccak256, numberToHex, zeroHash } from 'viem';

import {
  type History,
  type HistoryProof,
  anchorArguments,
  append,
  bagOf,
  emptyHistory,
  headOf,
  historyOf,
  historyRootOf,
  includesBlock,
  keptPeaks,
  proveHeight,
} from '../../../protocol/anchors/history.ts';

const FIRST = 1_000n;
const hashOf = (height: bigint): Hex => keccak256(numberToHex(height));
const hashes = Array.from({ length: 2_100 }, (_, at) => hashOf(FIRST + BigInt(at)));

const nodes = new Map<string, Hex>();
append(emptyHistory(FIRST), hashes, ({ level, index, hash }) => nodes.set(`${level} ${index}`, hash));
const node = ({ level, index }: { level: number; index: bigint }): Hex => nodes.get(`${level} ${index}`) ?? zeroHash;

const historyTo = (count: number): History => append(emptyHistory(FIRST), hashes.slice(0, count));
const proofOf = (history: History, height: bigint): HistoryProof => {
  const start = Number((height - FIRST) / 256n) * 256;
  return proveHeight(history, height, hashes.slice(start, start + 256), node);
};
const claimOf = (history: History, height: bigint, proof = proofOf(history, height)) => ({
  root: historyRootOf(history),
  first: FIRST,
  number: headOf(history),
  height,
  blockHash: hashOf(height),
  proof,
});

/** Edges of groups and of peaks. */
const counts = [1, 2, 255, 256, 257, 511, 512, 513, 768, 1_023, 1_024, 1_025, 1_792, 1_800, 2_048, 2_100];

describe('The history of a chain', () => {
  it('is the same however its blocks are split into parts', () => {
    for (const count of counts) {
      for (const size of [1, 100, 256, 300]) {
        let history = emptyHistory(FIRST);
        for (let at = 0; at < count; at += size)
          history = append(history, hashes.slice(at, Math.min(at + size, count)));
        assert.deepEqual(history, historyTo(count));
      }
    }
  });

  it('is rebuilt at an earlier height from its nodes', () => {
    for (const count of counts) {
      const tail = hashes.slice(count - (count % 256), count);
      assert.deepEqual(historyOf(FIRST, BigInt(count), node, tail), historyTo(count));
    }
    assert.throws(() => historyOf(FIRST, 257n, node, []), RangeError);
  });

  it('proves each of its blocks', () => {
    for (const count of counts) {
      const history = historyTo(count);
      for (let place = 0; place < count; place += place % 256 > 253 || place % 256 < 2 ? 1 : 50) {
        assert.ok(includesBlock(claimOf(history, FIRST + BigInt(place))), `block ${place} of ${count}`);
      }
    }
  });

  it('proves nothing else: each field of a claim is bound', () => {
    for (const [count, place] of [
      [1, 0],
      [300, 299],
      [300, 20],
      [1_800, 1_500],
      [1_800, 3],
      [1_792, 1_791],
    ] as const) {
      const claim = claimOf(historyTo(count), FIRST + BigInt(place));
      const { proof } = claim;
      const flip = (hash: Hex): Hex => numberToHex(BigInt(hash) ^ 1n, { size: 32 });
      const wrong = [
        { ...claim, root: flip(claim.root) },
        { ...claim, root: zeroHash },
        { ...claim, first: claim.first + 1n },
        { ...claim, first: claim.first - 1n },
        { ...claim, number: claim.number + 1n },
        { ...claim, number: claim.number - 1n },
        { ...claim, height: claim.height + 1n },
        { ...claim, height: claim.height - 1n },
        { ...claim, height: claim.height + 256n },
        { ...claim, blockHash: flip(claim.blockHash) },
        { ...claim, blockHash: zeroHash },
        { ...claim, blockHash: '0x12' as Hex },
        ...proof.siblings.map((_, at) => ({
          ...claim,
          proof: { ...proof, siblings: proof.siblings.map((one, index) => (index === at ? flip(one) : one)) },
        })),
        ...proof.peaks.map((_, at) => ({
          ...claim,
          proof: { ...proof, peaks: proof.peaks.map((one, index) => (index === at ? flip(one) : one)) },
        })),
        { ...claim, proof: { ...proof, siblings: proof.siblings.slice(1) } },
        { ...claim, proof: { ...proof, siblings: [...proof.siblings, zeroHash] } },
        { ...claim, proof: { ...proof, peaks: [...proof.peaks, zeroHash] } },
        ...(proof.peaks.length === 0 ? [] : [{ ...claim, proof: { ...proof, peaks: proof.peaks.slice(1) } }]),
        { ...claim, proof: { ...proof, tailRoot: flip(proof.tailRoot) } },
      ];
      for (const [index, one] of wrong.entries()) {
        assert.equal(includesBlock(one), false, `case ${index} of block ${place} in ${count}`);
      }
    }
  });

  it('has no zero as a block, which fills up the tail', () => {
    const history = historyTo(300);
    const claim = claimOf(history, FIRST + 299n);
    assert.equal(includesBlock({ ...claim, height: FIRST + 300n, blockHash: zeroHash }), false);
    assert.throws(() => append(history, [zeroHash]), RangeError);
  });

  it('proves no group that is not its own', () => {
    const history = historyTo(600);
    assert.throws(() => proveHeight(history, FIRST + 3n, hashes.slice(1, 257), node), RangeError);
    assert.throws(() => proofOf(history, FIRST + 600n), RangeError);
    assert.throws(() => proofOf(history, FIRST - 1n), RangeError);
  });

  it('has no commitment while it is empty', () => {
    assert.throws(() => historyRootOf(emptyHistory(FIRST)), RangeError);
  });

  it('names each peak once over all anchors, and bags those that stay', () => {
    const seen = new Set<Hex>();
    for (const [at, count] of counts.entries()) {
      const history = historyTo(count);
      const earlier = at === 0 ? 0 : (counts[at - 1] ?? 0);
      const { bag, peaks } = anchorArguments(history, BigInt(earlier));
      const kept = keptPeaks(BigInt(earlier), BigInt(count));
      assert.deepEqual(history.peaks.slice(0, kept), historyTo(earlier).peaks.slice(0, kept));
      assert.deepEqual([...history.peaks.slice(0, kept), ...peaks], history.peaks);
      assert.equal(bag, bagOf(history.peaks.slice(0, kept)));
      for (const peak of peaks) {
        assert.ok(!seen.has(peak), 'a peak twice');
        seen.add(peak);
      }
    }
  });
});
