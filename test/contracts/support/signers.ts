import { type Address, type Hex, numberToHex } from 'viem';
import { privateKeyToAddress, sign } from 'viem/accounts';

import { compactSignature, encodeSignatures, type IndexedSignature } from '../../../protocol/attestation.ts';

export interface Signer {
  readonly address: Address;
  readonly privateKey: Hex;
}

const signerOf = (secret: number): Signer => {
  const privateKey = numberToHex(secret, { size: 32 });
  return { privateKey, address: privateKeyToAddress(privateKey) };
};

/** Six signers with a quorum of four, and six more accounts for rotations and as strangers. */
export const signers = Array.from({ length: 6 }, (_, index) => signerOf(0x51_9e_00 + index));
export const strangers = Array.from({ length: 6 }, (_, index) => signerOf(0xba_d0_00 + index));

export const threshold = 4;
export const quorum = [0, 1, 2, 3];

/** One 64-byte signature. */
export async function signOne(digest: Hex, signer: Signer): Promise<Hex> {
  const { r, s, yParity } = await sign({ hash: digest, privateKey: signer.privateKey });
  return compactSignature({ r, s, yParity: yParity as 0 | 1 });
}

/** Packed signatures of the signers with these indices in `list`. */
export async function signAll(digest: Hex, by: readonly number[] = quorum, list = signers): Promise<Hex> {
  const signatures = by.map(async (index): Promise<IndexedSignature> => ({
    index,
    signature: await signOne(digest, list[index]!),
  }));
  return encodeSignatures(await Promise.all(signatures));
}

export const maskOf = (by: readonly number[]): number => by.reduce((mask, index) => (mask | (1 << index)) >>> 0, 0);
