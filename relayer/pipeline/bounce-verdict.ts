import { type At, type BridgeAt, failedAt } from '../chain/bridge-contract.ts';
import { wouldPay } from '../chain/simulate-payout.ts';
import type { Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';

/** What a withdrawal that its token once refused is to become. */
export type Verdict =
  /** `pay`: the token would pay now, or was never asked: it is tried again. `wait`: it is refused still, or not finally. */
  | { readonly next: 'pay' | 'wait' }
  /** Refused for good: it may go back to the redeemer from this time of the main chain on, in seconds. */
  | { readonly next: 'bounce'; readonly bounceAt: bigint };

/** The main chain as this signer stands on it. */
export interface MainView {
  readonly bridge: BridgeAt;
  readonly peg: Peg;
  /** In seconds. */
  readonly bounceDelay: bigint;
  /** The final block that this relayer has taken in. */
  readonly head: { readonly number: bigint; readonly timestamp: bigint };
}

/**
 * Judges an open or parked withdrawal by this signer's own nodes. SECURITY: a bounce is signed only when the first refusal is
 * final and `bounceDelay` old, and paying still fails: the redeemer gets either the payment or the deposit back, as the chain
 * orders.
 */
export async function judgeRefused(transfer: Transfer, { bridge, peg, bounceDelay, head }: MainView): Promise<Verdict> {
  const refused = (at: At) => failedAt(bridge, transfer.lane.productToken, transfer.nonce, at);
  const refusedAt = await refused(head.number);
  if (refusedAt === 0n) return { next: (await refused('latest')) === 0n ? 'pay' : 'wait' };
  if (await wouldPay(bridge, peg, transfer)) return { next: 'pay' };
  const bounceAt = refusedAt + bounceDelay;
  return head.timestamp >= bounceAt ? { next: 'bounce', bounceAt } : { next: 'wait' };
}
