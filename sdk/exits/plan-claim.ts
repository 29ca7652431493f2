import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { balanceIn } from '../../protocol/exits/balance-claim.ts';
import { depositIn } from '../../protocol/exits/deposit-claim.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import type { ExitCall, ExitPayout, Preparation } from './calls.ts';
import type { Candidate } from './candidates.ts';
import { headersDownTo } from './headers.ts';
import { laterItems } from './later-items.ts';
import { receiptProofOf } from './redeems.ts';
import type { ExitSources } from './sources.ts';

/**
 * The chain of which an account consents. `product`: by its own key's signature, or by its entry in `ExitAddress` at block B. `main`:
 * by calling itself, by its signature, or by ERC-1271. Undefined: none is needed, since the redeem names who is paid.
 */
export type Consent = 'product' | 'main' | undefined;

export const consentTo = (one: Candidate): Consent => {
  if (one.kind === 'balance') return 'product';
  if (one.kind === 'redeem') return undefined;
  return departureOf(one).bounced === 0n ? 'main' : 'product';
};

/** The calls that register a claim, in order. */
export interface ClaimPlan {
  readonly before: readonly Preparation[];
  readonly register: (to: ExitPayout) => ExitCall;
}

/**
 * Proves a claim.
 * @param snapshot Of block B.
 * @returns undefined when the snapshot shows that nothing is owed; `absent` when it lacks the account's balance.
 * @throws {PegwayError} when a node or the snapshot does not prove the claim.
 */
export async function planClaim(
  sources: ExitSources,
  snapshot: Snapshot,
  account: Address,
  one: Candidate,
): Promise<ClaimPlan | 'absent' | undefined> {
  const { productToken } = one;
  switch (one.kind) {
    case 'balance': {
      const balance = balanceIn(snapshot, productToken, account);
      if (balance === undefined) return 'absent';
      if (balance.value === 0n) return undefined;
      const args = (to: ExitPayout) => [productToken, account, to, balance.proof];
      return { before: [], register: (to) => ({ functionName: 'claimBalance', args: args(to) }) };
    }
    case 'deposit': {
      const departure = departureOf(one);
      const proofs = depositIn(snapshot, sources.product.bridge, productToken, departure);
      if (proofs === undefined) return undefined;
      const { items, before } = await laterItems(sources, productToken, one.lane, one.nonce);
      const hash = one.lane.hashes[Number(one.nonce)];
      const args = (to: ExitPayout) => [productToken, departure, hash, items, to, proofs];
      return { before, register: (to) => ({ functionName: 'claimDeposit', args: args(to) }) };
    }
    case 'redeem': {
      const { blockNumber } = one.redeem;
      const { header, proof } = await receiptProofOf(sources, one.redeem);
      const { headers, history, before } = await headersDownTo(sources, snapshot, blockNumber);
      if (headers.at(-1) !== header) {
        throw new PegwayError(`product chain: the node has another block ${blockNumber} on its chain`);
      }
      return { before, register: () => ({ functionName: 'claimRedeem', args: [headers, history, proof] }) };
    }
  }
}

export function departureOf({ nonce, lane }: Extract<Candidate, { readonly kind: 'deposit' }>) {
  const departure = lane.departures[Number(nonce)];
  if (departure === undefined) throw new RangeError(`no departure ${nonce}`);
  return departure;
}
