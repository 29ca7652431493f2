import type { Address, Hash, Hex } from 'viem';

import { PegwayError } from '../errors.ts';
import type { Rate } from '../peg.ts';
import { balanceSlot } from './slots.ts';
import type { Snapshot } from './snapshot.ts';

/** A balance of product tokens at block B. */
export interface ProvenBalance {
  /** In product base units. */
  readonly value: bigint;
  /** As `Exits.claimBalance` takes it. */
  readonly proof: Hex;
}

/** Undefined when the snapshot lacks it: the account never held the token, or was left out. */
export function balanceIn(snapshot: Snapshot, productToken: Address, account: Address): ProvenBalance | undefined {
  const slot = balanceSlot(account);
  return snapshot.missing(productToken, slot) === undefined ? snapshot.slot(productToken, slot) : undefined;
}

/** The claim of a balance in main base units, rounded down as `Exits` does. */
export const claimOf = (balance: bigint, { numerator, denominator }: Pick<Rate, 'numerator' | 'denominator'>): bigint =>
  (balance * denominator) / numerator;

/** The collateral of a peg and all claims on it, in main base units. */
export interface Shares {
  readonly collateral: bigint;
  readonly registered: bigint;
}

/** The payment for a claim: in full, or its proportion of what there is. The twin of `Exits`. */
export const paymentOf = (amount: bigint, { collateral, registered }: Shares): bigint =>
  registered <= collateral ? amount : (amount * collateral) / registered;

/** The part of a claim that is registered after the claim window: what the others leave over. The twin of `Exits`. */
export function lateClaimOf(amount: bigint, { collateral, registered }: Shares): bigint {
  const rest = collateral > registered ? collateral - registered : 0n;
  return amount < rest ? amount : rest;
}

/** @throws {PegwayError} exit code 2 when the snapshot is of another block than the exits settle as of. */
export function requireSettled(
  snapshot: Snapshot,
  { number, blockHash }: { readonly number: bigint; readonly blockHash: Hash },
  name = 'the snapshot',
): void {
  if (snapshot.blockHash === blockHash) return;
  throw new PegwayError(
    `${name} is of block ${snapshot.number} (${snapshot.blockHash}), but the exits settle as of block ${number} (${blockHash})`,
    { exitCode: 2, hint: 'get the snapshot of that block: operators and other holders keep them' },
  );
}
