import { type At, type BridgeAt, failedAt } from '../chain/bridge-contract.ts';
import { wouldPay } from '../chain/simulate-payout.ts';
import type { Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';

/** The next step of a withdrawal that its token refused. */
export type Verdict =
  /**
   * `pay`: the token would pay now, or has not been called yet: retry the payment. `wait`: the token still refuses, or
   * the refusal is not final.
   */
  | { readonly next: 'pay' | 'wait' }
  /** Refused permanently: it may return to the redeemer from this time of the main chain on, in seconds. */
  | { readonly next: 'bounce'; readonly bounceAt: bigint };

/** The main chain, as this signer has processed it. */
export interface MainView {
  readonly bridge: BridgeAt;
  readonly peg: Peg;
  /** In seconds. */
  readonly bounceDelay: bigint;
  /** The finalized block that this relayer has processed. */
  readonly head: { readonly number: bigint; readonly timestamp: bigint };
}

/**
 * Judges an open or parked withdrawal through this signer's own nodes.
 *
 * SECURITY: a bounce is signed only when the first refusal is final and `bounceDelay` old, and payment still fails. The
 * redeemer gets either the payment or the deposit back, in the order of the chain's transactions.
 */
export async function judgeRefused(transfer: Transfer, { bridge, peg, bounceDelay, head }: MainView): Promise<Verdict> {
  const refused = (at: At) => failedAt(bridge, transfer.lane.productToken, transfer.nonce, at);
  const refusedAt = await refused(head.number);
  if (refusedAt === 0n) return { next: (await refused('latest')) === 0n ? 'pay' : 'wait' };
  if (await wouldPay(bridge, peg, transfer)) return { next: 'pay' };
  const bounceAt = refusedAt + bounceDelay;
  return head.timestamp >= bounceAt ? { next: 'bounce', bounceAt } : { next: 'wait' };
}
