import { type Address, getAddress, keccak256 } from 'viem';

import { usageError } from './key-error.ts';

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
