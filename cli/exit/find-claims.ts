import { type Address, isAddressEqual } from 'viem';

import { balanceClaimId, transferClaimId } from '../../protocol/exits/claim-id.ts';
import { type MainDepartures, readMainDepartures } from './main-departures.ts';
import type { OpenExits } from './open-exits.ts';
import { type UnpaidRedeem, unpaidRedeems } from './redeems.ts';

/** Something that an account may be owed; the contract decides. `id` is that of the claim. */
export type Candidate = { readonly id: `0x${string}`; readonly productToken: Address } & (
  | { readonly kind: 'balance' }
  | { readonly kind: 'deposit'; readonly nonce: bigint; readonly lane: MainDepartures }
  | { readonly kind: 'redeem'; readonly redeem: UnpaidRedeem }
);

/** Balances of all pegs, deposits (and refunds of bounces) that return to the account, and redeems from or to it. */
export async function findCandidates(exits: OpenExits, account: Address, until: bigint): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for (const productToken of exits.productTokens) {
    found.push({ kind: 'balance', productToken, id: balanceClaimId(productToken, account) });
    const lane = await readMainDepartures(exits, productToken);
    for (const { nonce, returnTo } of lane.departures) {
      if (!isAddressEqual(returnTo, account)) continue;
      const id = transferClaimId('deposit', productToken, nonce);
      found.push({ kind: 'deposit', productToken, nonce, lane, id });
    }
  }
  for (const redeem of await unpaidRedeems(exits, account, until)) {
    const { productToken, nonce } = redeem;
    found.push({ kind: 'redeem', productToken, redeem, id: transferClaimId('redeem', productToken, nonce) });
  }
  return found;
}

/** For people. */
export function nameOfCandidate(one: Candidate): string {
  switch (one.kind) {
    case 'balance':
      return `balance of ${one.productToken}`;
    case 'deposit':
      return `deposit ${one.nonce} of ${one.productToken}`;
    case 'redeem':
      return `redeem ${one.redeem.nonce} of ${one.productToken}`;
  }
}
