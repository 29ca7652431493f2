import { type Hex, hexToBytes, keccak256 } from 'viem';

const LENGTH = 256;

/** The three of the 2,048 bits that an address or topic sets; bit 0 is the last bit of the last byte. */
function bitsOf(item: Hex): number[] {
  const hash = hexToBytes(keccak256(item));
  return [0, 2, 4].map((at) => ((hash[at]! << 8) | hash[at + 1]!) & 2_047);
}

/** The bloom of these addresses and topics (Yellow Paper, section 4.3.1). */
export function bloomOf(items: readonly Hex[]): Uint8Array {
  const bloom = new Uint8Array(LENGTH);
  for (const bit of items.flatMap(bitsOf)) bloom[LENGTH - 1 - (bit >> 3)]! |= 1 << (bit & 7);
  return bloom;
}
