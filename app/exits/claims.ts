import type { Address, Hex, PublicClient } from 'viem';

import {
  type ProvenBalance,
  type Shares,
  balanceIn,
  claimOf,
  lateClaimOf,
  paymentOf,
} from '../../protocol/exits/balance-claim.ts';
import { balanceClaimId } from '../../protocol/exits/claim-id.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { exitCalls } from '../../sdk/exit-calls.ts';
import type { PegView } from '../chain/overview.ts';

/** The claim of an account's balance of one peg, as `Exits` has it. Amounts in main base units. */
export interface PegClaim {
  readonly peg: PegView;
  readonly id: Hex;
  readonly shares: Shares;
  /** Undefined before it is registered. */
  readonly registered: { readonly payout: Address; readonly amount: bigint; readonly paid: boolean } | undefined;
}

/** A claim with its proof, and what can be done with it now. Amounts in main base units. */
export type ClaimRow = PegClaim &
  (
    | { readonly state: 'unproven' | 'absent' | 'nothing' }
    | {
        /** `late`: the claim window is over, and `amount` is what can still be registered. */
        readonly state: 'open' | 'late' | 'none-left';
        readonly balance: ProvenBalance;
        readonly amount: bigint;
      }
    | {
        readonly state: 'registered' | 'paid';
        readonly payout: Address;
        readonly amount: bigint;
        /** By the claims registered so far; final once payments have begun. */
        readonly payment: bigint;
      }
  );

export type OpenRow = Extract<ClaimRow, { readonly balance: ProvenBalance }>;
export type RegisteredRow = Extract<ClaimRow, { readonly payment: bigint }>;

export function readClaims(
  main: PublicClient,
  exits: Address,
  account: Address,
  pegs: readonly PegView[],
): Promise<PegClaim[]> {
  const at = { address: exits, abi: exitCalls } as const;
  return Promise.all(
    pegs.map(async (peg) => {
      const id = balanceClaimId(peg.productToken, account);
      const [claim, collateral, registered] = await Promise.all([
        main.readContract({ ...at, functionName: 'claim', args: [id] }),
        main.readContract({ ...at, functionName: 'collateral', args: [peg.productToken] }),
        main.readContract({ ...at, functionName: 'registered', args: [peg.productToken] }),
      ]);
      return { peg, id, shares: { collateral, registered }, registered: claim.amount === 0n ? undefined : claim };
    }),
  );
}

/** @param snapshot Of block B; undefined while there is none. */
export const rowsOf = (
  claims: readonly PegClaim[],
  snapshot: Snapshot | undefined,
  account: Address,
  isPaying: boolean,
): ClaimRow[] => claims.map((claim) => ({ ...claim, ...stateOf(claim, snapshot, account, isPaying) }) as ClaimRow);

function stateOf(
  { peg, shares, registered }: PegClaim,
  snapshot: Snapshot | undefined,
  account: Address,
  isPaying: boolean,
) {
  if (registered !== undefined) {
    const { payout, amount, paid } = registered;
    return { state: paid ? 'paid' : 'registered', payout, amount, payment: paymentOf(amount, shares) };
  }
  if (snapshot === undefined) return { state: 'unproven' };
  const balance = balanceIn(snapshot, peg.productToken, account);
  if (balance === undefined) return { state: 'absent' };
  const claim = claimOf(balance.value, peg.sides.main);
  if (claim === 0n) return { state: 'nothing' };
  if (!isPaying) return { state: 'open', balance, amount: claim };
  const amount = lateClaimOf(claim, shares);
  return { state: amount === 0n ? 'none-left' : 'late', balance, amount };
}
