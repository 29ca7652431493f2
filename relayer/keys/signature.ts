import * as Secp256k1 from 'ox/Secp256k1';
import type * as OxSignature from 'ox/Signature';
import { type Address, type Hex, numberToHex } from 'viem';

import { KeyError } from './key-error.ts';
import { order } from './secp256k1.ts';
import type { Signature } from './signer.ts';

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);

function readDer(bytes: Uint8Array): [bigint, bigint] | undefined {
  // SEQUENCE { INTEGER r, INTEGER s }: at most 72 bytes, so every length is one byte.
  const at = (index: number): number => bytes[index] ?? -1;
  if (at(0) !== 0x30 || at(1) !== bytes.length - 2 || at(2) !== 0x02) return undefined;
  const rLength = at(3);
  const sAt = 4 + rLength;
  if (at(sAt) !== 0x02 || sAt + 2 + at(sAt + 1) !== bytes.length) return undefined;
  return [toNumber(bytes.subarray(4, sAt)), toNumber(bytes.subarray(sAt + 2))];
}

/** Parses r and s of a key service: 64 bytes r ‖ s, or DER. */
export function readSignature(bytes: Uint8Array): [r: bigint, s: bigint] {
  const pair =
    bytes.length === 64 ? ([toNumber(bytes.subarray(0, 32)), toNumber(bytes.subarray(32))] as const) : readDer(bytes);
  if (pair === undefined)
    throw new KeyError(`expected a signature of 64 bytes or in DER, found ${bytes.length} bytes of neither`);
  const [r, s] = pair;
  if (r <= 0n || r >= order || s <= 0n || s >= order)
    throw new KeyError('the signature is out of the range of secp256k1');
  return [r, s];
}

function recover(payload: Uint8Array, signature: OxSignature.Signature): Address | undefined {
  try {
    return Secp256k1.recoverAddress({ payload, signature });
  } catch {
    return undefined;
  }
}

/**
 * Normalizes r and s to the only form that bridges accept: s in the lower half, with the recovery bit.
 * SECURITY: this also checks that the expected key signed this digest.
 */
export function normalizeSignature(
  [r, high]: readonly [bigint, bigint],
  digest: Uint8Array,
  address: Address,
): Signature {
  const s = high > order / 2n ? order - high : high;
  for (const yParity of [0, 1] as const) {
    if (recover(digest, { r, s, yParity })?.toLowerCase() !== address.toLowerCase()) continue;
    const word = (value: bigint): Hex => numberToHex(value, { size: 32 });
    return { r: word(r), s: word(s), yParity };
  }
  throw new KeyError(`the signature is not by ${address}: another key signed, or it signed something else`, {
    code: 'wrong-key',
    hint: 'compare the key’s address with `pegway keys address`',
  });
}
