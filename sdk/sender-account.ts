import type { Address, PublicClient } from 'viem';

/** How the code of an account begins that EIP-7702 lets delegate; no contract's begins so (EIP-3541). */
const DELEGATION = '0xef0100';

/** Whether an account is a contract. One that delegates (EIP-7702) is none: its key signs as before, and on every chain. */
export async function isContract(reader: PublicClient, account: Address): Promise<boolean> {
  const code = await reader.getCode({ address: account });
  return code !== undefined && !code.startsWith(DELEGATION);
}

/**
 * Whether an account that sends from here may have nobody at its own address there: it is a contract, and none stands there.
 * What arrives there is out of reach until the same contract can be made at the same address.
 */
export async function isAbsent(source: PublicClient, destination: PublicClient, account: Address): Promise<boolean> {
  return (await isContract(source, account)) && !(await isContract(destination, account));
}
