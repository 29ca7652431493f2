import type { Address } from 'viem';

import type { Direction } from './lane.ts';
import type { Reason } from './reasons.ts';

export const MAXIMUM_AMOUNT = 2n ** 128n - 1n;

/** The largest basis points of a fee: 1 %. */
export const MAXIMUM_BASIS_POINTS = 100;

/** `mainToken` of a peg of the main chain's coin. */
export const COIN: Address = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

/** The default `gasCap` of a peg, in gas: sufficient for tokens that run code on each transfer. */
export const TOKEN_GAS_CAP = 300_000;
/** The same for the coin. */
export const COIN_GAS_CAP = 100_000;

/** The immutable part of a peg. Both bridges must agree about it before any statement of the peg is signed. */
export interface Rate {
  readonly mainToken: Address;
  readonly productToken: Address;
  /** Product base units for each `denominator` main base units; reduced. */
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * One side's `peg(productToken)`. Amounts in base units of the token that this side accepts (minimum) or pays (limit).
 */
export interface Peg extends Rate {
  readonly minimum: bigint;
  /** Gas for one payment of the main token; 0 on the product side. */
  readonly gasCap: number;
  /** Deposits are rejected permanently; main side only. */
  readonly retired: boolean;
  /** `MAXIMUM_AMOUNT` means no limit. */
  readonly capacity: bigint;
  readonly refillPerSecond: bigint;
  readonly available: bigint;
}

export const isLimited = (peg: Pick<Peg, 'capacity'>): boolean => peg.capacity !== MAXIMUM_AMOUNT;

export const sameRate = (a: Rate, b: Rate): boolean =>
  a.mainToken === b.mainToken &&
  a.productToken === b.productToken &&
  a.numerator === b.numerator &&
  a.denominator === b.denominator;

export type Quote =
  | { readonly ok: true; readonly amount: bigint }
  | {
      readonly ok: false;
      readonly reason: Extract<Reason, 'inexact-amount' | 'below-minimum' | 'too-large'>;
      /** A valid amount near the requested one, in the same units. */
      readonly suggestion: bigint;
    };

/** The smallest amount that can be sent in this direction, apart from the minimum; every valid amount is a multiple. */
export const stepOf = (rate: Rate, direction: Direction): bigint =>
  direction === 'mint' ? rate.denominator : rate.numerator;

/**
 * Returns the amount that arrives for `amount` source base units: exact, or the reason of the rejection.
 * Applies the same rules in the same order as `Bridge._convert`.
 */
export function quote(rate: Rate, direction: Direction, amount: bigint, minimum: bigint): Quote {
  const [divisor, multiplier] =
    direction === 'mint' ? [rate.denominator, rate.numerator] : [rate.numerator, rate.denominator];
  const largest = (MAXIMUM_AMOUNT / multiplier) * divisor;
  const bounded = largest < MAXIMUM_AMOUNT ? largest : MAXIMUM_AMOUNT;
  const maximum = bounded - (bounded % divisor);

  if (amount > maximum) return { ok: false, reason: 'too-large', suggestion: maximum };
  if (amount < minimum) return { ok: false, reason: 'below-minimum', suggestion: minimum };
  if (amount % divisor !== 0n) return { ok: false, reason: 'inexact-amount', suggestion: amount - (amount % divisor) };
  return { ok: true, amount: (amount / divisor) * multiplier };
}

/**
 * Converts main base units to product base units; only for whole sums, which convert exactly because each part does.
 */
export const toProduct = (rate: Rate, mainAmount: bigint): bigint => (mainAmount * rate.numerator) / rate.denominator;
