import type { Address, PublicClient } from 'viem';

/** Prefix of the code of a delegated account (EIP-7702); no contract has it (EIP-3541). */
const DELEGATION = '0xef0100';

/** True for an account that acts through a contract (EIP-7702), perhaps in transactions of others. */
export const isDelegated = async (reader: PublicClient, account: Address): Promise<boolean> =>
  (await reader.getCode({ address: account }))?.startsWith(DELEGATION) === true;

/** True for a contract. A delegated account (EIP-7702) is not one: its key signs as before, on every chain. */
export async function isContract(reader: PublicClient, account: Address): Promise<boolean> {
  const code = await reader.getCode({ address: account });
  return code !== undefined && !code.startsWith(DELEGATION);
}

/**
 * True when the sender is a contract and its address has no code on the destination chain. Tokens that arrive there are out
 * of reach until the same contract is created at the same address.
 */
export async function isAbsent(source: PublicClient, destination: PublicClient, account: Address): Promise<boolean> {
  return (await isContract(source, account)) && !(await isContract(destination, account));
}
