// Proofs from a store of nodes, compared with the library's trie.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMPT, createMerkleProof, verifyMPTWithMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { type Hex, bytesToHex, hexToBytes, keccak256, numberToHex } from 'viem';

import { orderedTrieProof, orderedTrieRoot } from '../../../protocol/proof/trie.ts';
import { EMPTY_ROOT, byHash, walkTrie } from '../../../protocol/proof/walk-trie.ts';

/** Longer than a hash, as each receipt is. */
const receiptsLike = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => hexToBytes(numberToHex(index + 1, { size: 300 })));

const keyOf = (index: number): Hex => numberToHex(index, { size: 32 });

async function build(count: number) {
  const trie = await createMPT({ useKeyHashing: true });
  // Short values, so that nodes lie within nodes.
  for (let index = 0; index < count; index++) await trie.put(hexToBytes(keyOf(index)), RLP.encode(index + 1));
  const proofs = new Map<number, Hex[]>();
  for (let index = 0; index < 2 * count; index++) {
    proofs.set(
      index,
      (await createMerkleProof(trie, hexToBytes(keyOf(index)))).map((node) => bytesToHex(node)),
    );
  }
  const nodes = byHash([...proofs.values()].flat().filter((node) => node.length >= 2 + 64));
  return { trie, root: bytesToHex(trie.root()), nodes };
}

describe('walkTrie', () => {
  for (const count of [1, 2, 17, 400]) {
    it(`finds each of ${count} values, and proves the absence of as many keys`, async () => {
      const { trie, root, nodes } = await build(count);
      for (let index = 0; index < 2 * count; index++) {
        const walk = walkTrie(nodes, root, keyOf(index));
        assert.ok(!('missing' in walk));
        const expected = index < count ? bytesToHex(RLP.encode(index + 1)) : undefined;
        assert.equal(walk.value && bytesToHex(walk.value), expected);
        assert.equal(keccak256(walk.proof[0]!), root);
        const proof = walk.proof.map((node) => hexToBytes(node));
        const checked = await verifyMPTWithMerkleProof(trie, trie.root(), hexToBytes(keyOf(index)), proof);
        assert.equal(checked === null ? undefined : bytesToHex(checked), expected);
      }
    });
  }

  it('names the node that is missing', async () => {
    const { root, nodes } = await build(400);
    const walk = walkTrie(nodes, root, keyOf(7));
    assert.ok(!('missing' in walk));
    for (const node of walk.proof) {
      const fewer = new Map([...nodes].filter(([, other]) => other !== node));
      assert.deepEqual(walkTrie(fewer, root, keyOf(7)), { missing: keccak256(node) });
    }
  });

  it('finds nothing in the trie without keys', () => {
    assert.deepEqual(walkTrie(new Map(), EMPTY_ROOT, keyOf(1)), { proof: [], value: undefined });
  });
});

describe('orderedTrieProof', () => {
  for (const count of [1, 2, 127, 129, 300]) {
    it(`proves each of ${count} values`, () => {
      const values = receiptsLike(count);
      const root = bytesToHex(orderedTrieRoot(values));
      for (const index of [0, 1, 126, 127, 128, count - 1].filter((one) => one < count)) {
        const proof = orderedTrieProof(values, index);
        assert.equal(keccak256(proof[0]!), root);
        assert.ok(proof.at(-1)?.endsWith(bytesToHex(values[index]!).slice(-64)));
      }
      assert.throws(() => orderedTrieProof(values, count), RangeError);
    });
  }
});
