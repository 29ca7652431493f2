import type { Address } from 'viem';

import type { Ledger } from '../state/ledger.ts';
import { type Peg, toProduct } from '../../protocol/peg.ts';

/** One peg at one main block and one product block. */
export interface Books {
  readonly peg: Peg;
  /** In main base units. */
  readonly locked: bigint;
  /** In product base units. */
  readonly supply: bigint;
  /** The product side's fee pot, in product base units: burned, and not departed yet. */
  readonly feePot: bigint;
  /** Open and parked transfers of both lanes, in product base units. */
  readonly inFlight: bigint;
}

/**
 * The open and parked transfers of a peg in product base units, item by item.
 * @returns undefined while one chain is observed ahead of the other: the two sides are not comparable then.
 */
export function inFlightOf(mint: Ledger, withdraw: Ledger): bigint | undefined {
  if (mint.ahead().length > 0 || withdraw.ahead().length > 0) return undefined;
  const minting = mint.entries().reduce((sum, { transfer }) => sum + transfer.amount, 0n);
  const withdrawing = withdraw.entries().reduce((sum, { transfer }) => sum + transfer.sourceAmount, 0n);
  return minting + withdrawing;
}

/**
 * The error of rule 1's equation in product base units: locked × rate − supply − product fee pot − in flight. Zero also
 * while transfers are in flight.
 */
export const gapOf = ({ peg, locked, supply, feePot, inFlight }: Books): bigint =>
  toProduct(peg, locked) - supply - feePot - inFlight;

/**
 * Main tokens of which the bridge holds less than the locked amounts and main fee pots of all their pegs, at one main
 * block.
 */
export function shortTokens(
  books: readonly { readonly peg: Peg; readonly locked: bigint; readonly mainFeePot: bigint }[],
  balances: ReadonlyMap<Address, bigint>,
): ReadonlySet<Address> {
  const byToken = Map.groupBy(books, ({ peg }) => peg.mainToken);
  const short = [...byToken].filter(
    ([token, pegs]) =>
      pegs.reduce((sum, { locked, mainFeePot }) => sum + locked + mainFeePot, 0n) > (balances.get(token) ?? 0n),
  );
  return new Set(short.map(([token]) => token));
}
