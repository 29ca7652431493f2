import type { Head } from './ports.ts';
import type { Fees } from './records.ts';

export interface FeePolicy {
  /** Never offer more, in wei of gas price. Sending resumes by itself when the chain's fees fall. */
  readonly maxFeePerGas: bigint;
  /** Tip; when left out the node is asked, and a chain whose base fee is 0 gets none. */
  readonly priorityFeePerGas?: bigint;
  /** Blocks without being mined after which the fees are raised. */
  readonly bumpAfterBlocks: number;
}

/**
 * Fees for a transaction that is new now: room for the base fee to double, under the cap.
 * Null when the chain asks for more than the cap.
 */
export function freshFees(head: Head, tip: bigint, policy: FeePolicy): Fees | null {
  const cap = policy.maxFeePerGas;
  const baseFee = head.baseFeePerGas;
  if (baseFee === null) return tip > cap ? null : { legacy: true, maxFeePerGas: tip, maxPriorityFeePerGas: tip };
  if (baseFee + tip > cap) return null;
  return { legacy: false, maxFeePerGas: smaller(2n * baseFee + tip, cap), maxPriorityFeePerGas: tip };
}

/** What replaces a transaction: pools want 10 % on both fees, and strictly more; 12.5 % is what the strictest ever asked. */
export const minimumRaise = (fee: bigint): bigint => fee + larger((fee + 7n) / 8n, 1n);

/**
 * Fees that replace a transaction with `current` ones. `hard` is for a pool that refused the last offer: it doubles, so
 * that even from far below few steps are left to the cap. Null when that is over the cap: then nothing is sent, for a pool
 * would refuse anything between.
 */
export function raisedFees(
  current: Fees,
  fresh: Fees | null,
  policy: FeePolicy,
  how: 'least' | 'hard' = 'least',
): Fees | null {
  if (fresh === null) return null;
  const cap = policy.maxFeePerGas;
  const raise = (fee: bigint): bigint => (how === 'hard' ? larger(2n * fee, 1n) : minimumRaise(fee));

  const maxFeePerGas = smaller(larger(raise(current.maxFeePerGas), fresh.maxFeePerGas), cap);
  const tip = smaller(larger(raise(current.maxPriorityFeePerGas), fresh.maxPriorityFeePerGas), maxFeePerGas);
  if (maxFeePerGas < minimumRaise(current.maxFeePerGas) || tip < minimumRaise(current.maxPriorityFeePerGas))
    return null;
  return { legacy: fresh.legacy, maxFeePerGas, maxPriorityFeePerGas: fresh.legacy ? maxFeePerGas : tip };
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
