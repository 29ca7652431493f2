import { type Address, type PublicClient, encodeFunctionData, erc20Abi } from 'viem';

import { optional } from './refusal.ts';

/** The allowance of a bridge over a main token, and the account that gives it. */
export interface Allowance {
  readonly token: Address;
  readonly owner: Address;
  readonly bridge: Address;
}

/** In main base units. */
export const allowanceOf = (reader: PublicClient, { token, owner, bridge }: Allowance): Promise<bigint> =>
  reader.readContract({ address: token, abi: erc20Abi, functionName: 'allowance', args: [owner, bridge] });

export const approveData = ({ bridge }: Allowance, amount: bigint) =>
  encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [bridge, amount] });

/** An allowance that is changed: an old one taken back, or so much given. */
export interface Approval {
  readonly step: 'reset' | 'approve';
  /** In main base units. */
  readonly value: bigint;
}

/**
 * The approvals that let the bridge take exactly `amount`, in order: some tokens change an allowance only from or to zero.
 */
export async function approvalsFor(
  reader: PublicClient,
  allowance: Allowance,
  amount: bigint,
): Promise<readonly Approval[]> {
  const approval = { step: 'approve', value: amount } as const;
  if ((await allowanceOf(reader, allowance)) === 0n) return [approval];
  const { token, owner } = allowance;
  // Only a revert counts: old tokens return nothing.
  const takes = await optional(reader.call({ account: owner, to: token, data: approveData(allowance, amount) }));
  return takes !== undefined ? [approval] : [{ step: 'reset', value: 0n }, approval];
}
