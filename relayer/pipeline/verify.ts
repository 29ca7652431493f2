import { type Address, isAddressEqual, zeroAddress } from 'viem';

import type { Transfer } from '../transfer/lane.ts';
import { type Peg, quote, sameRate } from '../transfer/peg.ts';
import type { Reason } from '../transfer/reasons.ts';

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
