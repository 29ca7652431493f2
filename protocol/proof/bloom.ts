import type { Address, Hex } from 'viem';

import { bytesOf } from './hex.ts';
import { keccak } from './keccak.ts';

export const bloomLength = 256;

/** The three of the 2,048 bits that an address or topic sets. */
type Bits = readonly [number, number, number];

function bitsOf(item: Uint8Array): Bits {
  const hash = keccak(item);
  const bit = (at: number): number => (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2_047;
  return [bit(0), bit(2), bit(4)];
}

/** Bit 0 is the last bit of the last byte. */
const byteOf = (bit: number): number => bloomLength - 1 - (bit >> 3);
const maskOf = (bit: number): number => 1 << (bit & 7);

/**
 * Returns false if the block certainly holds no log of this address: then it needs no proof.
 *
 * SECURITY: an unverified header may hide a log this way, but cannot invent one, and the gap in the lane's nonces
 * reveals it.
 */
export function mayContain(logsBloom: Hex, address: Address): boolean {
  const bloom = bytesOf(logsBloom, 'header', 'logsBloom', bloomLength);
  return bitsOf(bytesOf(address, 'bridge', 'address', 20)).every(
    (bit) => ((bloom[byteOf(bit)] ?? 0) & maskOf(bit)) !== 0,
  );
}
