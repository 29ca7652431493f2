import { numberToBytes } from 'viem';

/** The RLP list of items that are encoded already, given in any number of consecutive parts. */
export function rlpListOf(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const prefix = listPrefix(length);
  const list = new Uint8Array(prefix.length + length);
  list.set(prefix);
  let at = prefix.length;
  for (const part of parts) {
    list.set(part, at);
    at += part.length;
  }
  return list;
}

/** Yellow Paper, appendix B: 0xc0 plus the length up to 55 bytes, else 0xf7 plus the length of the length, and it. */
export function listPrefix(length: number): Uint8Array {
  if (length <= 55) return Uint8Array.of(0xc0 + length);
  const bytes = numberToBytes(length);
  return Uint8Array.of(0xf7 + bytes.length, ...bytes);
}
