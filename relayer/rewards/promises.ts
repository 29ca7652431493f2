import type { Address } from 'viem';

import { rewardsAbi } from '../../protocol/abi.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';
import { type BridgeAt, view } from '../chain/bridge-contract.ts';
import { balanceAt } from '../chain/chain-client.ts';

/**
 * Compares what `Rewards` has promised in one token, or will promise with the periods computed here, with what it holds and
 * has paid.
 * @param at A final main block.
 * @returns the error for people; undefined when everything promised can be paid.
 */
export async function shortfallOf(
  main: BridgeAt,
  {
    rewards,
    token,
    own,
    at,
  }: {
    readonly rewards: Address;
    readonly token: Address;
    readonly own: readonly Pick<RewardPeriod, 'total'>[];
    readonly at: bigint;
  },
): Promise<string | undefined> {
  const call = { address: rewards, abi: rewardsAbi, functionName: 'distribution', args: [token] } as const;
  const [{ total, paid }, held] = await Promise.all([
    view(main.nodes, { ...call, at, agreed: true }),
    balanceAt({ ...main, address: rewards }, token, at),
  ]);
  const computed = own.at(-1)?.total ?? 0n;
  const promised = total > computed ? total : computed;
  if (promised <= held + paid) return undefined;
  return `Rewards has promised ${promised} of ${token}, but holds ${held} and has paid ${paid}`;
}
