import { type Address, type Hex, getAddress, numberToHex } from 'viem';

import { exitAddressSlot } from './slots.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The address that an account had named in `ExitAddress` by the block.
 * @param registry `ExitAddress`, on the product chain.
 * @returns undefined when it had named none, or the snapshot lacks it: the contract pays it nothing for its balances then.
 */
export function namedPayout(
  snapshot: Snapshot,
  registry: Address,
  account: Address,
): { readonly payout: Address; readonly proof: Hex } | undefined {
  const slot = exitAddressSlot(account);
  if (snapshot.missing(registry, slot) !== undefined) return undefined;
  const { value, proof } = snapshot.slot(registry, slot);
  return value === 0n ? undefined : { payout: getAddress(numberToHex(value, { size: 20 })), proof };
}
