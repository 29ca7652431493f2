import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createMPT } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import fc from 'fast-check';
import { bytesToHex, keccak256 } from 'viem';

import { keccak } from '../../../protocol/proof/keccak.ts';
import { orderedTrieRoot } from '../../../protocol/proof/trie.ts';

async function libraryRoot(values: readonly Uint8Array[]): Promise<string> {
  const trie = await createMPT();
  for (const [index, value] of values.entries()) await trie.put(RLP.encode(index), value);
  return bytesToHex(trie.root());
}

const ownRoot = (values: readonly Uint8Array[]): string => bytesToHex(orderedTrieRoot(values));

/** The library treats an empty value as a deletion; a receipt is never empty. */
const value = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc.uint8Array({ minLength: 25, maxLength: 40 }),
  fc.uint8Array({ minLength: 250, maxLength: 600 }),
);

describe('the ordered trie', () => {
  it('has the library’s root for every count up to 300, where keys get longer', async () => {
    const values = Array.from({ length: 300 }, (_, index) => Uint8Array.of(1 + (index % 255), index >> 8));
    for (let count = 0; count <= values.length; count++) {
      const some = values.slice(0, count);
      assert.equal(ownRoot(some), await libraryRoot(some), `${count} values`);
    }
  });

  it('has the library’s root where keys have three bytes', async () => {
    const values = Array.from({ length: 700 }, (_, index) => Uint8Array.of(1, index >> 8, index));
    assert.equal(ownRoot(values), await libraryRoot(values));
  });

  it('has the library’s root for values of any length, so also for nodes shorter than a hash', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 180 }), async (values) => {
        assert.equal(ownRoot(values), await libraryRoot(values));
      }),
      { numRuns: 150 },
    );
  });

  it('has the library’s root for equal values', async () => {
    await fc.assert(
      fc.asyncProperty(value, fc.integer({ min: 1, max: 400 }), async (same, count) => {
        const values = Array.from({ length: count }, () => same);
        assert.equal(ownRoot(values), await libraryRoot(values));
      }),
      { numRuns: 40 },
    );
  });

  it('has a different root when two values are swapped', () => {
    const values = [1, 2, 3].map((byte) => new Uint8Array(300).fill(byte));
    assert.notEqual(ownRoot(values), ownRoot([values[1]!, values[0]!, values[2]!]));
  });

  it('has the known root when it is empty', () => {
    assert.equal(ownRoot([]), '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421');
  });
});

describe('Keccak in WebAssembly', () => {
  it('equals viem’s for bytes of any length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        assert.equal(bytesToHex(keccak(bytes)), keccak256(bytes));
      }),
      { numRuns: 500 },
    );
    for (let length = 0; length <= 300; length++) {
      const bytes = new Uint8Array(length).fill(length);
      assert.equal(bytesToHex(keccak(bytes)), keccak256(bytes), `${length} bytes`);
    }
    const large = new Uint8Array(300_000).fill(9);
    assert.equal(bytesToHex(keccak(large)), keccak256(large));
  });

  it('returns a result that the next call does not overwrite', () => {
    const first = keccak(Uint8Array.of(1));
    const copy = bytesToHex(first);
    keccak(Uint8Array.of(2));
    assert.equal(bytesToHex(first), copy);
  });
});
