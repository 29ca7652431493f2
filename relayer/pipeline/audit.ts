import type { Peg } from '../transfer/peg.ts';
import { toProduct } from '../transfer/peg.ts';
import type { Ledger } from '../state/ledger.ts';

/** One peg at one main block and one product block. */
export interface Books {
  readonly peg: Peg;
  /** In main base units. */
  readonly locked: bigint;
  /** In product base units. */
  readonly supply: bigint;
  readonly mint: Ledger;
  readonly withdraw: Ledger;
}

/**
 * The error of rule 1's equation in product base units: locked × rate − supply less the transfers open or parked, item by
 * item. Zero, in flight, too.
 * @returns undefined while one chain is seen ahead of the other: then there is nothing to compare.
 */
export function gapOf({ peg, locked, supply, mint, withdraw }: Books): bigint | undefined {
  if (mint.ahead() > 0 || withdraw.ahead() > 0) return undefined;
  const minting = mint.entries().reduce((sum, { transfer }) => sum + transfer.amount, 0n);
  const withdrawing = withdraw.entries().reduce((sum, { transfer }) => sum + transfer.sourceAmount, 0n);
  return toProduct(peg, locked) - supply - minting - withdrawing;
}
