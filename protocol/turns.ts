import { keccak256, stringToHex } from 'viem';

import { MAXIMUM_BATCH } from './attestation.ts';
import { type Lane, laneKey } from './lane.ts';

/** Consecutive nonces of one lane with the same leader. */
export const TURN_LENGTH = 64n;

/** The signer that submits first for a nonce: `(nonce / 64 + hash(lane)) mod size`. */
export function leaderOf(lane: Lane, nonce: bigint, size: number): number {
  // Lanes start at different signers, so that many small lanes do not all load signer 0.
  const offset = BigInt(keccak256(stringToHex(laneKey(lane))));
  return Number((nonce / TURN_LENGTH + offset) % BigInt(size));
}

/**
 * Reports whether it is a signer's turn for the batch that starts at `nonce` and has been ready for `readySeconds`: the
 * leader first, then one more signer after every `turnSeconds`, in order.
 */
export function hasTurn(options: {
  readonly lane: Lane;
  readonly nonce: bigint;
  readonly size: number;
  readonly index: number;
  readonly readySeconds: number;
  readonly turnSeconds: number;
}): boolean {
  const place = (options.index - leaderOf(options.lane, options.nonce, options.size) + options.size) % options.size;
  return options.readySeconds >= place * options.turnSeconds;
}

/**
 * Reports whether it is a signer's turn for something that belongs to no lane, named by `subject`, and has been ready for
 * `readySeconds`.
 */
export function hasTurnFor(options: {
  readonly subject: string;
  readonly size: number;
  readonly index: number;
  readonly readySeconds: number;
  readonly turnSeconds: number;
}): boolean {
  const { subject, size, index, readySeconds, turnSeconds } = options;
  const leader = Number(BigInt(keccak256(stringToHex(subject))) % BigInt(size));
  return index >= 0 && readySeconds >= ((index - leader + size) % size) * turnSeconds;
}

/** A run of nonces without a gap. */
export interface Range {
  readonly firstNonce: bigint;
  readonly count: number;
}

/**
 * Cuts ready nonces (ascending) into batches: runs without a gap. They end at multiples of 64, except in a larger
 * backlog, where they hold up to `largest`.
 */
export function cutBatches(ready: readonly bigint[], largest: number = MAXIMUM_BATCH): Range[] {
  const backlog = ready.length > Number(TURN_LENGTH);
  const batches: { firstNonce: bigint; count: number }[] = [];
  for (const nonce of ready) {
    const last = batches.at(-1);
    const follows = last !== undefined && last.firstNonce + BigInt(last.count) === nonce;
    const fits = last !== undefined && last.count < largest && (backlog || nonce % TURN_LENGTH !== 0n);
    if (last !== undefined && follows && fits) last.count++;
    else batches.push({ firstNonce: nonce, count: 1 });
  }
  return batches;
}
