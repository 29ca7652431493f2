import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { decodeTransfers, encodeTransfers, packTransfers } from '../../protocol/attestation.ts';

const recipients = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes): `0x${string}` => `0x${Buffer.from(bytes).toString('hex')}`);
const items = fc.array(
  fc.record({ recipient: recipients, amount: fc.bigInt(0n, 2n ** 128n - 1n) }, { noNullPrototype: true }),
  { maxLength: 256 },
);

describe('a packed batch', () => {
  it('has the packed items as its contents, in order', () => {
    fc.assert(
      fc.property(items, (list) => {
        const { transfers, contents } = packTransfers(list);
        assert.equal(transfers, encodeTransfers(list));
        assert.equal(`0x${contents.map((content) => content.slice(2)).join('')}`, transfers);
        assert.deepEqual(
          contents,
          list.map((item) => encodeTransfers([item])),
        );
        assert.deepEqual(
          contents.flatMap((content) => decodeTransfers(content)),
          list,
        );
      }),
    );
  });
});
