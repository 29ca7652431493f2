import type { Head } from './ports.ts';
import type { Fees } from './records.ts';

export interface FeePolicy {
  /** The highest gas price to offer, in wei. Sending resumes when the fees of the chain fall below it. */
  readonly maxFeePerGas: bigint;
  /** The tip, in wei. Default: the suggestion of the nodes; 0 where the base fee is 0. */
  readonly priorityFeePerGas?: bigint;
  /** Fees are raised after this many blocks in the pool. */
  readonly bumpAfterBlocks: number;
}

/**
 * Fees for a new transaction: room for the base fee to double, up to the cap. Null when the chain wants more than the
 * cap.
 */
export function freshFees(head: Head, tip: bigint, policy: FeePolicy): Fees | null {
  const cap = policy.maxFeePerGas;
  const baseFee = head.baseFeePerGas;
  if (baseFee === null) return tip > cap ? null : { legacy: true, maxFeePerGas: tip, maxPriorityFeePerGas: tip };
  if (baseFee + tip > cap) return null;
  return { legacy: false, maxFeePerGas: smaller(2n * baseFee + tip, cap), maxPriorityFeePerGas: tip };
}

/**
 * The lowest fee that replaces a transaction. Pools want both fees raised by at least 10 %; 12.5 % is the strictest
 * rule in use.
 */
export const minimumRaise = (fee: bigint): bigint => fee + larger((fee + 7n) / 8n, 1n);

/**
 * Fees that replace a transaction. `hard` doubles them after a pool rejected the last raise, so that few steps lead
 * from far below to the cap. Null when that exceeds the cap: a pool would reject anything lower.
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
