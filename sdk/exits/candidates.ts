import { type Address, type Hex, isAddressEqual } from 'viem';

import { balanceClaimId, transferClaimId } from '../../protocol/exits/claim-id.ts';
import { balanceSlot, executedSlot, exitAddressSlot, outboundSlot, parkedSlot } from '../../protocol/exits/slots.ts';
import type { Slots } from '../../protocol/exits/take-snapshot.ts';
import { type MainDepartures, readMainDepartures } from './main-departures.ts';
import { type UnpaidRedeem, unpaidRedeems } from './redeems.ts';
import type { ExitSources } from './sources.ts';

/** Something that an account may be owed; the contract decides. `id` is that of the claim. */
export type Candidate = { readonly id: Hex; readonly productToken: Address } & (
  | { readonly kind: 'balance' }
  | { readonly kind: 'deposit'; readonly nonce: bigint; readonly lane: MainDepartures }
  | { readonly kind: 'redeem'; readonly redeem: UnpaidRedeem }
);

/**
 * Balances of all pegs, deposits (and refunds of bounces) that return to the account, and redeems from or to it. On a closed bridge
 * none of them changes any more.
 * @param until The height of block B.
 */
export async function findCandidates(sources: ExitSources, account: Address, until: bigint): Promise<Candidate[]> {
  const found = balancesOf(sources.productTokens, account);
  for (const productToken of sources.productTokens) {
    const lane = await readMainDepartures(sources, productToken);
    for (const { nonce, returnTo } of lane.departures) {
      if (!isAddressEqual(returnTo, account)) continue;
      const id = transferClaimId('deposit', productToken, nonce);
      found.push({ kind: 'deposit', productToken, nonce, lane, id });
    }
  }
  for (const redeem of await unpaidRedeems(sources, account, until)) {
    const { productToken, nonce } = redeem;
    found.push({ kind: 'redeem', productToken, redeem, id: transferClaimId('redeem', productToken, nonce) });
  }
  return found;
}

/** These need no events. */
export const balancesOf = (productTokens: readonly Address[], account: Address): Candidate[] =>
  productTokens.map((productToken) => ({
    kind: 'balance',
    productToken,
    id: balanceClaimId(productToken, account),
  }));

/** The slots that prove the claims of an account, for `takeSnapshot`. */
export function slotsOf(
  { product: { bridge }, registry }: Pick<ExitSources, 'product' | 'registry'>,
  account: Address,
  candidates: readonly Candidate[],
): Slots {
  const slots = new Map<Address, readonly Hex[]>([[registry, [exitAddressSlot(account)]]]);
  const add = (contract: Address, more: readonly Hex[]) =>
    slots.set(contract, [...(slots.get(contract) ?? []), ...more]);
  for (const one of candidates) {
    const { productToken } = one;
    if (one.kind === 'balance') add(productToken, [balanceSlot(account)]);
    if (one.kind !== 'deposit') continue;
    const { nonce } = one;
    add(bridge, [executedSlot(productToken, nonce), parkedSlot(productToken, nonce), outboundSlot(productToken)]);
  }
  return slots;
}
