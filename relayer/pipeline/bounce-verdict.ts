import { type Address, isAddressEqual } from 'viem';

import { bounceDeadline } from '../../protocol/bounce-deadline.ts';
import { type At, type BridgeAt, failedAt } from '../chain/bridge-contract.ts';
import { simulatePayout } from '../chain/simulate-payout.ts';
import type { Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';

/** The next step of a withdrawal that its token refused. */
export type Verdict =
  /**
   * `pay`: the token would pay now, or has not been called yet: retry the payment. `wait`: the token still refuses, or
   * the refusal is not final.
   */
  | { readonly next: 'pay' | 'wait' }
  /**
   * Refused permanently: it may return to the redeemer from `bounceAt` on, under a statement that names `deadline`; both
   * in seconds of the main chain.
   */
  | { readonly next: 'bounce'; readonly bounceAt: bigint; readonly deadline: bigint };

/** The main chain, as this signer has processed it. */
export interface MainView {
  readonly bridge: BridgeAt;
  readonly peg: Peg;
  /** Redeemer of the withdrawals that carry fees. */
  readonly productBridge: Address;
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
export async function bounceVerdict(transfer: Transfer, main: MainView): Promise<Verdict> {
  const { bridge, peg, productBridge, bounceDelay, head } = main;
  const refused = (at: At) => failedAt(bridge, transfer.lane.productToken, transfer.nonce, at);
  const refusedAt = await refused(head.number);
  if (refusedAt === 0n) return { next: (await refused('latest')) === 0n ? 'pay' : 'wait' };
  if (await simulatePayout(bridge, peg, transfer)) return { next: 'pay' };
  // Fees have no redeemer to return to: the bridge reverts with `FeesNeverBounce`.
  if (isAddressEqual(transfer.sender, productBridge)) return { next: 'wait' };
  const bounceAt = refusedAt + bounceDelay;
  if (head.timestamp < bounceAt) return { next: 'wait' };
  return { next: 'bounce', bounceAt, deadline: bounceDeadline(head.timestamp) };
}
