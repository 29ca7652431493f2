import { type Address, encodeFunctionData } from 'viem';

import { rewardsAbi } from '../../protocol/abi.ts';
import { parseAddress } from '../../protocol/address.ts';
import type { RewardsView } from '../../protocol/api-types.ts';
import { rewardsProof, rewardsRoot } from '../../protocol/rewards-tree.ts';
import type { Share } from '../../protocol/rewards.ts';
import { readState, view } from '../../relayer/chain/bridge-contract.ts';
import { distributionOf } from '../../relayer/rewards/rewards-contract.ts';
import { type Operator, type OperatorFlags, openKey, openOperator, openPayer } from '../governance/operator.ts';
import { sendAndWait } from '../governance/transactions.ts';
import { ask } from '../inspect/ask-relayers.ts';
import { amountOf } from '../inspect/format.ts';
import { nameOf } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { type Output, openListOutput } from '../output.ts';
import { recomputeRewards, requireRewards } from './recompute.ts';

interface ClaimFlags extends OperatorFlags {
  readonly payer?: string;
}

export async function claimRewards(text: string | undefined, flags: ClaimFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const rewards = await requireRewards(operator.sides);
  const account = text === undefined ? await ownAddress(operator) : parseAddress(text);
  const { pegs } = await readState(operator.sides.main);
  for (const token of new Set([...pegs.values()].map(({ mainToken }) => mainToken))) {
    await claimToken({ operator, rewards, token, account, payer: flags.payer }, output);
  }
}

async function ownAddress(operator: Operator): Promise<Address> {
  const signer = await openKey(operator, undefined);
  await signer.close();
  return signer.address;
}

interface Claim {
  readonly operator: Operator;
  readonly rewards: Address;
  readonly token: Address;
  readonly account: Address;
  readonly payer: string | undefined;
}

async function claimToken(claim: Claim, output: Output): Promise<void> {
  const { operator, rewards, token, account } = claim;
  const { main } = operator.sides;
  const call = { address: rewards, abi: rewardsAbi, args: [token, account] } as const;
  const claimedNow = () => view(main.nodes, { ...call, functionName: 'claimed' });
  const [{ period, root }, before] = await Promise.all([distributionOf(main.nodes, rewards, token), claimedNow()]);
  const name = await nameOf(main, token);
  if (period === 0n) return output.say(`${name.symbol}: nothing is published yet`);

  const shares = await publishedShares(claim, { period, root }, output);
  const earned = shares.find((share) => share.account === account)?.earned ?? 0n;
  if (earned <= before) return output.say(`${name.symbol}: ${account} has claimed everything that it has earned`);
  const payer = await openPayer(operator, claim.payer);
  try {
    await sendAndWait(
      {
        side: { ...main, address: rewards },
        payer,
        maxFeePerGas: operator.config.main.maxFeePerGas,
        what: `claim ${amountOf(earned - before, name)} for ${account}`,
        data: encodeFunctionData({
          abi: rewardsAbi,
          functionName: 'claim',
          args: [token, account, earned, rewardsProof(shares, account)],
        }),
        done: async () => (await claimedNow()) >= earned,
      },
      output,
    );
  } finally {
    await payer.close();
  }
  output.result(`${amountOf(earned - before, name)} paid for ${account}`, {
    token,
    account,
    amount: earned - before,
    earned,
  });
}

/**
 * The leaves of the published root: those of a relayer if they hash to it, else recomputed from the chains.
 * SECURITY: a relayer may answer anything; only the root on chain decides.
 */
async function publishedShares(
  { operator, token }: Claim,
  { period, root }: { readonly period: bigint; readonly root: string },
  output: Output,
): Promise<readonly Share[]> {
  for (const url of operator.relayerUrls) {
    const told = await ask<RewardsView>(url, `/v1/rewards/${period}`);
    if (!('value' in told)) continue;
    const found = told.value.tokens.find((one) => one.token === token);
    const shares =
      found?.shares.map((share): Share => ({ account: share.account, earned: BigInt(share.earned) })) ?? [];
    if (rewardsRoot(shares) === root) return shares;
  }
  const recomputed = await recomputeRewards(operator.sides, (line) => output.say(line));
  return recomputed.periods(token)[Number(period) - 1]?.shares ?? [];
}
