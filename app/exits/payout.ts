import { type Address, isAddressEqual, zeroAddress } from 'viem';

import { addressProblem, parseAddress } from '../../protocol/address.ts';

/** Why an address cannot be paid; a key of the words on findings. */
export type PayoutProblem = 'no-recipient' | 'not-an-address' | 'bad-checksum' | 'forbidden-recipient';

/**
 * The address that claims are paid to.
 * @param typed Undefined for the account itself.
 * @param forbidden Contracts of the bridge: a claim payable to one of them is never paid, and cannot be registered again.
 */
export function payoutOf(
  typed: string | undefined,
  account: Address,
  forbidden: readonly Address[],
): Address | PayoutProblem {
  if (typed?.trim() === '') return 'no-recipient';
  if (typed !== undefined && addressProblem(typed) !== undefined) {
    return addressProblem(typed.toLowerCase()) === undefined ? 'bad-checksum' : 'not-an-address';
  }
  const payout = typed === undefined ? account : parseAddress(typed);
  return [zeroAddress, ...forbidden].some((one) => isAddressEqual(one, payout)) ? 'forbidden-recipient' : payout;
}

export const isPayout = (payout: Address | PayoutProblem): payout is Address => payout.startsWith('0x');
