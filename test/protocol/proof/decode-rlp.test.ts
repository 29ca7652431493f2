import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RLP } from '@ethereumjs/rlp';
import fc from 'fast-check';

import { type RlpItem, decodeRlp } from '../../../protocol/proof/decode-rlp.ts';

class Refused extends Error {}
const refuse = (problem: string): Refused => new Refused(problem);

const bytes = fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ minLength: 54, maxLength: 300 }));
// cspell:ignore letrec
const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ maxDepth: 3 }, bytes, fc.array(tie('item'), { maxLength: 5 })),
}));

const copied = (given: RlpItem): RlpItem => (given instanceof Uint8Array ? Uint8Array.from(given) : given.map(copied));

describe('decodeRlp', () => {
  it('returns what the library encodes', () => {
    fc.assert(
      fc.property(item, (given) =>
        assert.deepEqual(copied(decodeRlp(RLP.encode(given as Uint8Array[]), 8, refuse)), given),
      ),
    );
  });

  it('accepts only the library’s own encoding, and throws nothing but the given error', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), fc.nat({ max: 3 }), (given, shift) => {
        // Prefixes of lists and strings are rare in random bytes.
        given[0] = [0x80, 0xb7, 0xc0, 0xf7][shift]! + ((given[0] ?? 0) & 15);
        let decoded;
        try {
          decoded = decodeRlp(given, 64, refuse);
        } catch (error) {
          assert.ok(error instanceof Refused);
          return;
        }
        accepted++;
        assert.deepEqual(RLP.encode(decoded as Uint8Array[]), given);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(accepted > 0);
  });

  it('accepts only the library’s own encoding after a change of one byte', () => {
    fc.assert(
      fc.property(item, fc.nat(), fc.nat({ max: 255 }), (given, place, value) => {
        const encoded = Uint8Array.from(RLP.encode(given as Uint8Array[]));
        encoded[place % encoded.length] = value;
        try {
          assert.deepEqual(RLP.encode(decodeRlp(encoded, 64, refuse) as Uint8Array[]), encoded);
        } catch (error) {
          assert.ok(error instanceof Refused);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const refusals: Readonly<Record<string, readonly [string, RegExp]>> = {
    nothing: ['', /truncated/],
    'a string that ends early': ['82ff', /truncated/],
    'a list that ends early': ['c2ff', /truncated/],
    'an item beyond its list': ['c2c1ffff', /truncated|after it/],
    'a byte that needs no prefix': ['8101', /shortest/],
    'a long length below 56': ['b801ff', /shortest/],
    'a length with a leading zero': [`b90038${'ff'.repeat(56)}`, /shortest/],
    'a length of four bytes': ['bb00000000', /too large/],
    'bytes after the item': ['01ff', /1 bytes after it/],
    'lists nested too deeply': ['c3c2c1c0', /nested too deeply/],
  };
  for (const [name, [hex, message]] of Object.entries(refusals)) {
    it(`refuses ${name}`, () => {
      assert.throws(() => decodeRlp(Buffer.from(hex, 'hex'), 2, refuse), message);
    });
  }

  it('refuses a million nested lists without recursion', () => {
    const nested = new Uint8Array(700_000).fill(0xc1);
    assert.throws(() => decodeRlp(nested, 4, refuse), /truncated|nested|after it/);
  });
});
