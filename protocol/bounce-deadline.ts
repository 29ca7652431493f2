const DAY = 86_400n;

/**
 * The deadline of a bounce statement: the second midnight (UTC) after a finalized block of the main chain, all in
 * seconds since the epoch. A statement therefore stays valid for 24 to 48 hours, more than signatures and inclusion
 * take.
 *
 * Signers need the same deadline to sign the same digest, and exchange none: each derives it from the head that it has
 * processed. Two honest signers differ only while a midnight lies between their heads, and the next attempt succeeds.
 * No node is asked, so that a peer rejects a request over another digest from memory alone.
 */
export const bounceDeadline = (timestamp: bigint): bigint => (timestamp / DAY + 2n) * DAY;
