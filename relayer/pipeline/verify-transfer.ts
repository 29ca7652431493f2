import { type Address, isAddressEqual, zeroAddress } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Ledger } from '../state/ledger.ts';
import { type Transfer, laneKey } from '../../protocol/lane.ts';
import { type Peg, quote, sameRate } from '../../protocol/peg.ts';
import type { Reason } from '../../protocol/reasons.ts';

/** Both sides' word on the lane's peg, as far as each knows it, and the two bridges. */
export interface Known {
  readonly mainPeg: Peg | undefined;
  readonly productPeg: Peg | undefined;
  readonly bridges: readonly Address[];
}

/**
 * Whether a proven transfer may be signed; the reason when not. Pure: the proof that it is final comes before, the nonce
 * check beside it.
 *
 * A minimum is not checked here: it may have risen since, and what the source bridge took must arrive.
 */
export function verifyTransfer(transfer: Transfer, { mainPeg, productPeg, bridges }: Known): Reason | undefined {
  const { lane, recipient, sourceAmount, amount } = transfer;
  // Signed only while both chains say the same of the peg.
  if (mainPeg === undefined || productPeg === undefined || !sameRate(mainPeg, productPeg)) return 'peg-mismatch';

  // SECURITY: the source bridge has checked all of this; here it is checked again, so that a fault there stays there.
  const converted = quote(mainPeg, lane.direction, sourceAmount, 1n);
  if (!converted.ok) return converted.reason;
  if (converted.amount !== amount) return 'inexact-amount';
  const forbidden = [zeroAddress, mainPeg.mainToken, mainPeg.productToken, ...bridges];
  // A bounce pays the redeemer back, whoever that is; a product token's holder is never one of these.
  if (forbidden.some((address) => isAddressEqual(address, recipient))) return 'forbidden-recipient';
  return undefined;
}

export interface Taking {
  readonly known: Known;
  readonly now: number;
  /** Finds events by the bridge's own links. */
  readonly find: (nonces: readonly bigint[]) => Promise<readonly Transfer[]>;
}

/**
 * Enters a proven transfer into its lane, after whatever is missing before it: a gap means that a node withheld a log, and is
 * never skipped. Answers what is new and open.
 * @throws {PegwayError} `withheld-log`: the lane stands still until the gap is filled.
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
