import { type Address, type Hex, encodeFunctionData, isAddressEqual } from 'viem';

import { rewardsAbi } from '../../protocol/abi.ts';
import { parseAddress } from '../../protocol/address.ts';
import { compactSignature, payoutPreimage } from '../../protocol/attestation.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { type Operator, type OperatorFlags, openKey, openOperator, openPayer } from '../governance/operator.ts';
import { sendAndWait } from '../governance/transactions.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { requireRewards } from './recompute.ts';

interface PayoutFlags extends OperatorFlags {
  readonly payer?: string;
}

/** `pegway rewards payout` */
export async function setPayout(text: string, flags: PayoutFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const payout = parseAddress(text);
  await using operator = await openOperator(flags, io);
  const { main } = operator.sides;
  const rewards = await requireRewards(operator.sides);
  const signer = await openKey(operator, undefined);
  try {
    const account = signer.address;
    const current = (): Promise<Address> =>
      view(main.nodes, { address: rewards, abi: rewardsAbi, functionName: 'payoutOf', args: [account] });
    const before = await current();
    if (isAddressEqual(before, payout))
      return output.result(`${account} is paid to ${payout} already`, { account, payout });

    const payer = await openPayer(operator, flags.payer);
    try {
      const data = await encodeChange({ operator, rewards, signer, before, payout, payer: payer.address });
      await sendAndWait(
        {
          side: { ...main, address: rewards },
          payer,
          maxFeePerGas: operator.config.main.maxFeePerGas,
          what: `pay the rewards of ${account} to ${payout}`,
          data,
          done: async () => isAddressEqual(await current(), payout),
        },
        output,
      );
    } finally {
      await payer.close();
    }
    output.result(`the rewards of ${account} are paid to ${payout} from now on`, { account, payout });
  } finally {
    await signer.close();
  }
}

interface Change {
  readonly operator: Operator;
  readonly rewards: Address;
  readonly signer: Signer;
  readonly before: Address;
  readonly payout: Address;
  readonly payer: Address;
}

/**
 * The signer's key names the first payout address; the present one alone names the next, because a signer's key is online.
 * @throws {PegwayError} exit code 2 when another account than the present payout address would send the change.
 */
async function encodeChange({ operator, rewards, signer, before, payout, payer }: Change): Promise<Hex> {
  const { address: account } = signer;
  if (isAddressEqual(before, account)) {
    const { chainId } = operator.sides.main;
    const signature = compactSignature(await signer.sign(payoutPreimage({ chainId, rewards, account, payout })));
    return encodeFunctionData({ abi: rewardsAbi, functionName: 'setPayout', args: [account, payout, signature] });
  }
  if (!isAddressEqual(before, payer)) {
    throw wrong(
      `${account} is paid to ${before}, and only that account may name another one; the payer is ${payer}`,
      `run it again with --payer URI of ${before}`,
    );
  }
  return encodeFunctionData({ abi: rewardsAbi, functionName: 'movePayout', args: [account, payout] });
}
