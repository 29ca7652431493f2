import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { Secp256k1 } from 'ox';
import { keccak256, recoverAddress } from 'viem';

import { normalizeSignature, readSignature } from '../../../relayer/keys/signature.ts';
import { halfOrder, makeKey, refusal } from './support.ts';

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const { privateKey, address } = makeKey();

const word = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex');

function integer(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const padded = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, padded.length]), padded]);
}

function der(r: bigint, s: bigint): Buffer {
  const body = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

const inRange = fc.bigInt(1n, order - 1n);

describe('signatures of other makers', () => {
  it('are refused when they are of neither form, or out of range', () => {
    const broken = [
      Buffer.alloc(0),
      Buffer.alloc(65, 1),
      Buffer.from('3006020101020101ff', 'hex'),
      Buffer.from('30', 'hex'),
    ];
    for (const bytes of broken) assert.throws(() => readSignature(bytes), refusal(/of 64 bytes or in DER/, 1));
    for (const [r, s] of [
      [0n, 1n],
      [1n, 0n],
      [order, 1n],
      [1n, order],
    ] as const) {
      assert.throws(() => readSignature(Buffer.concat([word(r), word(s)])), refusal(/out of the range/, 1));
      assert.throws(() => readSignature(der(r, s)), refusal(/out of the range/, 1));
    }
  });

  it('are refused, never a crash, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          const [r, s] = readSignature(bytes);
          assert.ok(r > 0n && r < order && s > 0n && s < order);
        } catch (error) {
          assert.ok(refusal(/signature/, 1)(error));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are read alike from both forms', () => {
    fc.assert(
      fc.property(inRange, inRange, (r, s) => {
        assert.deepEqual(readSignature(der(r, s)), [r, s]);
        assert.deepEqual(readSignature(Buffer.concat([word(r), word(s)])), [r, s]);
      }),
    );
  });

  it('are brought into the lower half and given their recovery bit', async () => {
    for (let index = 0; index < 40; index++) {
      const digest = keccak256(Buffer.from([index]), 'bytes');
      const { r, s } = Secp256k1.sign({ payload: digest, privateKey });
      for (const given of [s, order - s]) {
        const signature = normalizeSignature([r, given], digest, address);
        assert.ok(BigInt(signature.s) <= halfOrder);
        assert.equal(await recoverAddress({ hash: digest, signature }), address);
      }
    }
  });

  it('are refused when another key made them, or for something else', () => {
    const digest = keccak256('0x01', 'bytes');
    const { r, s } = Secp256k1.sign({ payload: digest, privateKey });
    assert.throws(() => normalizeSignature([r, s], digest, makeKey().address), refusal(/is not by 0x/, 1));
    assert.throws(() => normalizeSignature([r, s], keccak256('0x02', 'bytes'), address), refusal(/is not by 0x/, 1));
  });
});
