/** A lane's executed nonces, in the destination bridge's format: bit i of word w is nonce `256 * w + i`. */

export const WORD = 256n;

export const wordOf = (nonce: bigint): bigint => nonce / WORD;

/**
 * Reports whether a nonce's bit is set in consecutive words starting at word `first`; false for a nonce outside them.
 */
export const isExecuted = (words: readonly bigint[], nonce: bigint, first = 0n): boolean =>
  (((words[Number(wordOf(nonce) - first)] ?? 0n) >> (nonce % WORD)) & 1n) === 1n;

/** Number of set bits. */
export const countBits = (bits: bigint): number => bits.toString(2).replaceAll('0', '').length;

/** The nonces below `end` with a clear bit in one word, ascending. */
export function openNonces(word: bigint, bits: bigint, end: bigint): bigint[] {
  const first = word * WORD;
  const open: bigint[] = [];
  for (let nonce = first; nonce < first + WORD && nonce < end; nonce++) {
    if (((bits >> (nonce - first)) & 1n) === 0n) open.push(nonce);
  }
  return open;
}

/** The nonces from `start` on with a set bit in one word, ascending. */
export const executedNonces = (word: bigint, bits: bigint, start: bigint): bigint[] =>
  maskedNonces(word * WORD, bits).filter((nonce) => nonce >= start);

/** The nonces in a `TransfersExecuted` mask: bit k is `firstNonce + k`. */
export function maskedNonces(firstNonce: bigint, mask: bigint): bigint[] {
  const nonces: bigint[] = [];
  for (let k = 0n; mask >> k !== 0n; k++) if (((mask >> k) & 1n) === 1n) nonces.push(firstNonce + k);
  return nonces;
}
