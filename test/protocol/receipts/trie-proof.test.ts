import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMPT, verifyMPTWithMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import fc from 'fast-check';
import { bytesToHex, hexToBytes, keccak256 } from 'viem';

import { orderedTrieProof as hexProof, orderedTrieRoot } from '../../../protocol/proof/trie.ts';
import { provenValue } from '../../../protocol/receipts/trie-proof.ts';

const valuesOf = (count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, index) => new TextEncoder().encode(`value ${index} `.repeat(4)));
const orderedTrieProof = (values: readonly Uint8Array[], index: number): Uint8Array[] =>
  hexProof(values, index).map((node) => hexToBytes(node));
const rootOf = (values: readonly Uint8Array[]) => bytesToHex(orderedTrieRoot(values));

describe('a trie proof', () => {
  it('proves each value to this verifier and to the library’s, for counts where keys get longer', async () => {
    for (const count of [1, 2, 15, 16, 17, 127, 128, 129, 130, 256, 257, 300, 700]) {
      const values = valuesOf(count);
      const root = rootOf(values);
      const trie = await createMPT();
      for (const index of [0, 1, 15, 16, 127, 128, 255, 256, 257, 299, 699].filter((one) => one < count)) {
        const proof = orderedTrieProof(values, index);
        assert.deepEqual(provenValue(root, index, proof, 'proof'), values[index]);
        const key = RLP.encode(index);
        assert.deepEqual(
          await verifyMPTWithMerkleProof(trie, Buffer.from(root.slice(2), 'hex'), key, proof),
          values[index],
        );
      }
    }
  });

  it('has at most 9 nodes for the largest index that a receipt may have', () => {
    // RLP of 0xffffff has four bytes: eight nibbles and the leaf.
    assert.equal(RLP.encode(0xff_ffff).length * 2 + 1, 9);
  });

  it('proves no other index', () => {
    const values = valuesOf(300);
    const root = rootOf(values);
    fc.assert(
      fc.property(fc.nat({ max: 299 }), fc.nat({ max: 400 }), (index, other) => {
        if (index === other) return;
        assert.throws(() => provenValue(root, other, orderedTrieProof(values, index), 'proof'));
      }),
    );
  });

  it('is refused with a node more, a node less, or in another order', () => {
    const values = valuesOf(300);
    const proof = orderedTrieProof(values, 200);
    const root = rootOf(values);
    assert.ok(proof.length > 2);
    for (const changed of [proof.slice(0, -1), [...proof, proof.at(-1)!], proof.toReversed(), proof.slice(1), []]) {
      assert.throws(() => provenValue(root, 200, changed, 'proof'));
    }
  });

  it('takes no inner node for a leaf, and no leaf for an inner node', () => {
    const leaf = (flag: number, value: Uint8Array) => RLP.encode([Uint8Array.of(flag, 0x80), value]);
    const refused = (node: Uint8Array, message: RegExp, more: readonly Uint8Array[] = []) =>
      assert.throws(() => provenValue(keccak256(node), 0, [node, ...more], 'proof'), message);
    const value = Buffer.alloc(32, 1);
    assert.deepEqual(
      provenValue(keccak256(leaf(0x20, value)), 0, [leaf(0x20, value)], 'proof'),
      Uint8Array.from(value),
    );
    refused(leaf(0x00, value), /ends before the leaf/);
    refused(leaf(0x20, value), /nodes follow the leaf/, [value]);
    refused(leaf(0x40, value), /unknown flag/);
    refused(leaf(0x21, value), /padding/);
    refused(RLP.encode([Uint8Array.of(0x20), value]), /not that of transaction index/);
    refused(RLP.encode([Uint8Array.of(0x20, 0x81), value]), /not on the path/);
    refused(RLP.encode([Uint8Array.of(0x00), value]), /without a path/, [value]);
    refused(RLP.encode(Buffer.alloc(17, 1)), /expected a branch/);
    refused(RLP.encode(Array.from({ length: 17 }, () => value)), /ends too early/);
  });

  it('takes no node that is part of its parent: a receipt is longer than a hash', () => {
    const branch = Array.from({ length: 17 }, () => new Uint8Array(0)) as (Uint8Array | Uint8Array[])[];
    branch[8] = [Uint8Array.of(0x30), Uint8Array.of(1)];
    const node = RLP.encode(branch);
    assert.throws(() => provenValue(keccak256(node), 0, [node, RLP.encode(branch[8])], 'proof'), /nested too deeply/);
  });
});
