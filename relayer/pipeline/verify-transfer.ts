import { type Address, zeroAddress } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Ledger } from '../state/ledger.ts';
import { type Transfer, laneKey } from '../../protocol/lane.ts';
import { type Peg, quote, sameRate } from '../../protocol/peg.ts';
import type { Reason } from '../../protocol/reasons.ts';

/** The lane's peg on each side, undefined on a side without it, and the two bridges. */
export interface Known {
  readonly mainPeg: Peg | undefined;
  readonly productPeg: Peg | undefined;
  readonly bridges: readonly Address[];
}

/**
 * Returns why a proven transfer must not be signed; undefined when it may. Pure: the finality proof comes before, the
 * nonce check happens in the caller.
 *
 * The minimum is not checked: it may have risen since, and a transfer that the source bridge accepted must arrive.
 */
export function verifyTransfer(transfer: Transfer, { mainPeg, productPeg, bridges }: Known): Reason | undefined {
  const { lane, recipient, sourceAmount, amount } = transfer;
  // Sign only while both chains agree about the peg.
  if (mainPeg === undefined || productPeg === undefined || !sameRate(mainPeg, productPeg)) return 'peg-mismatch';

  // SECURITY: the source bridge has checked all of this. Check it again, so that a fault there does not spread to the
  // destination.
  const converted = quote(mainPeg, lane.direction, sourceAmount, 1n);
  if (!converted.ok) return converted.reason;
  if (converted.amount !== amount) return 'inexact-amount';
  const forbidden = [zeroAddress, mainPeg.mainToken, mainPeg.productToken, ...bridges];
  // A bounce pays the redeemer, any address; no product token balance belongs to one of these.
  const payee = recipient.toLowerCase();
  if (forbidden.some((address) => address.toLowerCase() === payee)) return 'forbidden-recipient';
  return undefined;
}

export interface Taking {
  readonly known: Known;
  readonly now: number;
  /** Locates events by the bridge's own links. */
  readonly find: (nonces: readonly bigint[]) => Promise<readonly Transfer[]>;
}

/**
 * Adds a proven transfer to its lane, after any missing ones before it: a gap means that a node withheld a log, and is
 * never skipped. Returns the new open transfers.
 * @throws {PegwayError} `withheld-log`: the lane stops until the gap is filled.
 */
export async function takeTransfer(ledger: Ledger, transfer: Transfer, context: Taking): Promise<Transfer[]> {
  if (transfer.nonce < ledger.nextNonce) return [];
  const missing = Array.from(
    { length: Number(transfer.nonce - ledger.nextNonce) },
    (_, index) => ledger.nextNonce + BigInt(index),
  );
  const before = missing.length === 0 ? [] : await context.find(missing);
  const run = [...before, transfer].sort((a, b) => (a.nonce < b.nonce ? -1 : 1));

  const taken: Transfer[] = [];
  for (const next of run) {
    if (next.nonce !== ledger.nextNonce) {
      throw new PegwayError(`${laneKey(ledger.lane)}: expected nonce ${ledger.nextNonce}, found ${next.nonce}`, {
        code: 'withheld-log',
      });
    }
    if (!ledger.add(next, context.now)) continue;
    const entry = ledger.get(next.nonce);
    if (entry !== undefined) entry.rejected = verifyTransfer(next, context.known);
    taken.push(next);
  }
  return taken;
}
