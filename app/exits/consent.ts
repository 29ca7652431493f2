import { type Address, type Hex, isAddressEqual } from 'viem';

import { namedPayout } from '../../protocol/exits/exit-address.ts';
import type { Snapshot } from '../../protocol/exits/snapshot.ts';

/** How an account can consent to a recipient from the connected wallet. */
export interface Consents {
  /** The wallet's own account: whatever it deposited it claims by its own call, a contract as well. */
  readonly isOwn: boolean;
  /**
   * For what the account had on the product chain: its key's signature, or the address that it named in `ExitAddress` by block B.
   * SECURITY: neither the call nor the ERC-1271 answer of a contract of the main chain counts there.
   */
  readonly product: 'signature' | { readonly payout: Address; readonly proof: Hex } | 'unnamed';
}

interface Consenting {
  readonly account: Address;
  /** Of the wallet. */
  readonly own: Address;
  /** The wallet's account is a contract of the main chain. */
  readonly isContract: boolean;
  readonly snapshot: Snapshot | undefined;
  /** `ExitAddress`. */
  readonly registry: Address;
}

export function consentsOf({ account, own, isContract, snapshot, registry }: Consenting): Consents {
  const isOwn = isAddressEqual(account, own);
  if (isOwn && !isContract) return { isOwn, product: 'signature' };
  return { isOwn, product: (snapshot && namedPayout(snapshot, registry, account)) ?? 'unnamed' };
}
