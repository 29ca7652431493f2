import { type Address, type Hex, type PublicClient, isAddressEqual } from 'viem';

import {
  type ProvenBalance,
  type Shares,
  balanceIn,
  claimOf,
  lateClaimOf,
  paymentOf,
} from '../../protocol/exits/balance-claim.ts';
import { depositIn } from '../../protocol/exits/deposit-claim.ts';
import { executedSlot, outboundSlot } from '../../protocol/exits/slots.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { exitCalls } from '../../sdk/exit-calls.ts';
import type { Candidate } from '../../sdk/exits/candidates.ts';
import { consentTo, departureOf } from '../../sdk/exits/plan-claim.ts';
import type { PegView } from '../chain/overview.ts';
import type { Consents } from './consent.ts';

/** A claim of an account, as `Exits` has it. Amounts in main base units. */
export interface Claim {
  readonly one: Candidate;
  readonly peg: PegView;
  readonly id: Hex;
  readonly shares: Shares;
  /** Undefined before it is registered. */
  readonly registered: Registered | undefined;
}

interface Registered {
  readonly payout: Address;
  /** May take it when the token refuses the payout; zero for none. */
  readonly fallbackAccount: Address;
  readonly amount: bigint;
  readonly paid: boolean;
}

/** A claim with its proof, and what can be done with it now. Amounts in main base units. */
export type ClaimRow = Claim &
  (
    | { readonly state: 'unproven' | 'absent' | 'nothing' }
    | {
        /** `late`: the claim window is over, and `amount` is what can still be registered. */
        readonly state: 'open' | 'late' | 'none-left' | 'unnamed' | 'other-wallet';
        /** Of product tokens; undefined for a transfer. */
        readonly balance: ProvenBalance | undefined;
        readonly amount: bigint;
        /** Undefined: the holder names it. */
        readonly recipient: Address | undefined;
      }
    | {
        readonly state: 'registered' | 'paid';
        readonly payout: Address;
        readonly fallbackAccount: Address;
        readonly amount: bigint;
        /** By the claims registered so far; final once payments have begun. */
        readonly payment: bigint;
      }
  );

export type OpenRow = Extract<ClaimRow, { readonly recipient: Address | undefined }>;
export type RegisteredRow = Extract<ClaimRow, { readonly payment: bigint }>;

export const isOpen = (row: ClaimRow): row is OpenRow => row.state === 'open' || row.state === 'late';

/** False for deposits that had arrived by block B: an account may have thousands. */
export const mayBeOwed = (one: Candidate, snapshot: Snapshot | undefined, productBridge: Address): boolean =>
  one.kind !== 'deposit' || snapshot === undefined || depositState(snapshot, one, productBridge) !== 'nothing';

/** The claims of these candidates; those of pegs that the page does not show are left out. */
export async function readClaims(
  main: PublicClient,
  exits: Address,
  candidates: readonly Candidate[],
  pegs: readonly PegView[],
): Promise<Claim[]> {
  const at = { address: exits, abi: exitCalls } as const;
  const shares = new Map(
    await Promise.all(
      pegs.map(async ({ productToken }) => {
        const args = [productToken] as const;
        const [collateral, registered] = await Promise.all([
          main.readContract({ ...at, functionName: 'collateral', args }),
          main.readContract({ ...at, functionName: 'registered', args }),
        ]);
        return [productToken, { collateral, registered }] as const;
      }),
    ),
  );
  const claims = await Promise.all(
    candidates.map(async (one) => {
      const peg = pegs.find(({ productToken }) => isAddressEqual(productToken, one.productToken));
      const ofPeg = peg && shares.get(peg.productToken);
      if (peg === undefined || ofPeg === undefined) return undefined;
      const claim = await main.readContract({ ...at, functionName: 'claim', args: [one.id] });
      return { one, peg, id: one.id, shares: ofPeg, registered: claim.amount === 0n ? undefined : claim };
    }),
  );
  return claims.filter((claim) => claim !== undefined);
}

/** Facts that decide the states of an account's claims. */
export interface Proven {
  readonly account: Address;
  readonly productBridge: Address;
  /** Of block B; undefined while there is none. */
  readonly snapshot: Snapshot | undefined;
  /** More proofs are on their way. */
  readonly isAsking: boolean;
  readonly consents: Consents;
  /** Payments have begun. */
  readonly isPaying: boolean;
}

/** Of transfers only those that are owed, or not known yet. */
export const rowsOf = (claims: readonly Claim[], proven: Proven): ClaimRow[] =>
  claims
    .map((claim) => ({ ...claim, ...stateOf(claim, proven) }) as ClaimRow)
    .filter(({ one, state }) => one.kind === 'balance' || state !== 'nothing');

function stateOf({ one, peg, shares, registered }: Claim, proven: Proven) {
  if (registered !== undefined) {
    const { payout, fallbackAccount, amount, paid } = registered;
    const payment = paymentOf(amount, shares);
    return { state: paid ? 'paid' : 'registered', payout, fallbackAccount, amount, payment };
  }
  const { snapshot, consents, isPaying } = proven;
  if (snapshot === undefined) return { state: 'unproven' };
  const owed = owedIn(snapshot, one, peg, proven);
  if (typeof owed === 'string') return { state: owed === 'absent' && proven.isAsking ? 'unproven' : owed };
  if (owed.claim === 0n) return { state: 'nothing' };

  const { balance, claim } = owed;
  const amount = isPaying ? lateClaimOf(claim, shares) : claim;
  const row = { balance, amount, recipient: recipientOf(one, consents) };
  const consent = consentTo(one);
  if (consent === 'product' && consents.product === 'unnamed') return { state: 'unnamed', ...row };
  if (consent === 'main' && !consents.isOwn) return { state: 'other-wallet', ...row };
  if (!isPaying) return { state: 'open', ...row };
  return { state: amount === 0n ? 'none-left' : 'late', ...row };
}

type Owed = { readonly balance?: ProvenBalance; readonly claim: bigint } | 'absent' | 'nothing';

/** A claim by the state of block B. */
function owedIn(snapshot: Snapshot, one: Candidate, peg: PegView, { account, productBridge }: Proven): Owed {
  const { productToken } = one;
  switch (one.kind) {
    case 'balance': {
      const balance = balanceIn(snapshot, productToken, account);
      return balance === undefined ? 'absent' : { balance, claim: claimOf(balance.value, peg.sides.main) };
    }
    case 'deposit': {
      const state = depositState(snapshot, one, productBridge);
      return state === 'owed' ? { claim: departureOf(one).mainAmount } : state;
    }
    case 'redeem':
      return { claim: one.redeem.mainAmount };
  }
}

function depositState(
  snapshot: Snapshot,
  one: Extract<Candidate, { readonly kind: 'deposit' }>,
  productBridge: Address,
): 'owed' | 'absent' | 'nothing' {
  const { productToken, nonce } = one;
  const needed = [executedSlot(productToken, nonce), outboundSlot(productToken)];
  if (needed.some((slot) => snapshot.missing(productBridge, slot) !== undefined)) return 'absent';
  return depositIn(snapshot, productBridge, productToken, departureOf(one)) === undefined ? 'nothing' : 'owed';
}

function recipientOf(one: Candidate, { product }: Consents): Address | undefined {
  if (one.kind === 'redeem') return one.redeem.recipient;
  return consentTo(one) === 'product' && typeof product === 'object' ? product.payout : undefined;
}
