import type { LastAnchor } from './anchors-contract.ts';

/** An idle chain is anchored again after this long, in seconds: within a day, turns and a slow main chain included. */
export const IDLE_SECONDS = 43_200n;

/**
 * True if the last anchor is to be followed by one up to `number`: at once in a new signer epoch, after `everySeconds` when
 * the chain has grown, and after half a day in any case.
 * @param now By the main chain's clock, in seconds.
 */
export function isAnchorDue(options: {
  readonly last: LastAnchor;
  readonly signerEpoch: bigint;
  readonly number: bigint;
  readonly now: bigint;
  readonly everySeconds: number;
}): boolean {
  const { last, signerEpoch, number, now, everySeconds } = options;
  const age = now - last.attestedAt;
  // The contract accepts no anchor of the same second.
  if (age <= 0n) return false;
  if (last.signerEpoch !== signerEpoch || age >= IDLE_SECONDS) return true;
  return number > last.number && age >= BigInt(Math.ceil(everySeconds));
}

/** The highest block that the contract accepts after the last anchor, with `number` as the newest final one. */
export function cappedNumber(options: {
  readonly last: LastAnchor;
  readonly number: bigint;
  readonly attestedAt: bigint;
  readonly maximumBlocksPerSecond: bigint;
}): bigint {
  const { last, number, attestedAt, maximumBlocksPerSecond } = options;
  // While a correction waits, only the same height is accepted.
  const rise = last.isCorrecting ? 0n : maximumBlocksPerSecond * (attestedAt - last.attestedAt);
  const most = last.number + rise;
  return number < most ? number : most;
}
