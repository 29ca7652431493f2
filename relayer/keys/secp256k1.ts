import { randomBytes } from 'node:crypto';

import * as OxAddress from 'ox/Address';
import * as Secp256k1 from 'ox/Secp256k1';
import { type Address, getAddress, keccak256 } from 'viem';

import { usageError } from './key-error.ts';

/** The order of the curve's group (SEC 2, section 2.4.1). */
export const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** True for a valid private key: 32 bytes, from 1 to the curve order less 1. */
export function isPrivateKey(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false;
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  return value > 0n && value < order;
}

/** A new private key from the system's randomness. */
export function generatePrivateKey(): Uint8Array {
  for (;;) {
    const bytes = Uint8Array.from(randomBytes(32));
    if (isPrivateKey(bytes)) return bytes;
  }
}

/** Parses a private key: 64 hex digits, with or without 0x. SECURITY: never quotes its input. */
export function parsePrivateKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/i, '');
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw usageError('this is not a private key: expected 0x and 64 hex digits; the value found is not shown');
  }
  const bytes = Uint8Array.from(Buffer.from(digits, 'hex'));
  if (!isPrivateKey(bytes)) throw usageError('this is not a private key of secp256k1: out of range');
  return bytes;
}

/** The checksummed address of a private key. */
export const addressOf = (privateKey: Uint8Array): Address =>
  getAddress(OxAddress.fromPublicKey(Secp256k1.getPublicKey({ privateKey })));

/** The address of an uncompressed secp256k1 point: 04 ‖ x ‖ y. */
export function addressOfPoint(point: Uint8Array): Address {
  if (point.length !== 65 || point[0] !== 4)
    throw usageError('the public key is not an uncompressed point of 65 bytes');
  return getAddress(`0x${keccak256(point.subarray(1)).slice(-40)}`);
}

// SEQUENCE { SEQUENCE { ecPublicKey, secp256k1 }, BIT STRING of 65 bytes }: for this curve the beginning never varies.
const spkiPrefix = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex');

/** The address of a public key as X.509 writes it (SubjectPublicKeyInfo, DER). */
export function addressOfSpki(spki: Uint8Array, name: string): Address {
  if (!Buffer.from(spki.subarray(0, spkiPrefix.length)).equals(spkiPrefix))
    throw usageError(`${name} is not a secp256k1 key`);
  return addressOfPoint(spki.subarray(spkiPrefix.length));
}
