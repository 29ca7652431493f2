import type { Address } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';
import { allowanceOf, approvalsFor } from './approve.ts';
import { type BridgeReader, type TransferRequest, tokenErrors } from './bridge-client.ts';
import { type Charge, chargeOf, isCoin } from './fee.ts';
import { permitDomainOf } from './permit.ts';

/** The consents of a holder's account that let the bridge take its tokens; `reset` revokes an old allowance. */
export type Consent = 'permit' | 'reset' | 'approve';

/** Steps and cost of a transfer, without signing or sending anything. */
export interface Preparation {
  /** Consents that the holder's account would give, in order. */
  readonly steps: readonly (Consent | 'send')[];
  /** Of the transfer itself; undefined while the bridge has no allowance, without which it cannot be run. */
  readonly gas: bigint | undefined;
  /** Of the chain, in wei, at its fees now; undefined as above. */
  readonly fee: bigint | undefined;
  /** Of the bridge, on top of the amount, in base units of the token that is given. */
  readonly bridgeFee: bigint;
}

/**
 * The consents, in order, that let the bridge take this amount of a main token, its fee included: none for the coin and where
 * its allowance suffices, else an ERC-2612 permit where the token has it and the account can sign it (not without `permit`), else an approval,
 * and before it a reset where an old one must be taken back first.
 */
export async function consentsFor(
  { bridge, reader }: BridgeReader,
  mainToken: Address,
  amount: bigint,
  holder: Address,
  { permit = true }: { readonly permit?: boolean } = {},
): Promise<readonly Consent[]> {
  if (isCoin(mainToken)) return [];
  const allowance = { token: mainToken, owner: holder, bridge };
  if ((await allowanceOf(reader, allowance)) >= amount) return [];
  if (permit && (await permitDomainOf(reader, mainToken, holder)) !== undefined) return ['permit'];
  return (await approvalsFor(reader, allowance, amount)).map(({ step }) => step);
}

/**
 * Determines the steps and cost of a deposit (`mint`) or redeem (`withdraw`). `source` is of the chain that it departs from.
 * @throws viem's errors when the bridge would refuse it; `refusalOf` names the reason.
 */
export async function prepare(
  source: BridgeReader,
  direction: Direction,
  request: TransferRequest,
  holder: Address,
): Promise<Preparation> {
  const charge = await chargeOf(source, request);
  if (direction === 'withdraw') return run(source, direction, request, holder, charge, 0n);
  const { bridge, reader } = source;
  const { productToken, amount } = request;
  const contract = { address: bridge, abi: mainBridgeAbi } as const;
  const { mainToken } = await reader.readContract({ ...contract, functionName: 'peg', args: [productToken] });
  const value = isCoin(mainToken) ? amount + charge.fee : 0n;
  const consents = await consentsFor(source, mainToken, amount + charge.fee, holder);
  // Without an allowance the bridge still refuses a fee above the maximum first.
  if (consents.length === 0 || charge.fee > charge.maxFee) {
    return run(source, direction, request, holder, charge, value);
  }
  return { steps: [...consents, 'send'], gas: undefined, fee: undefined, bridgeFee: charge.fee };
}

async function run(
  { bridge, reader }: BridgeReader,
  direction: Direction,
  { productToken, amount, recipient }: TransferRequest,
  account: Address,
  { fee: bridgeFee, maxFee }: Charge,
  value: bigint,
): Promise<Preparation> {
  const args = [productToken, amount, recipient, maxFee] as const;
  const call = { address: bridge, args, account } as const;
  const gas = await (direction === 'mint'
    ? reader.estimateContractGas({ ...call, abi: [...mainBridgeAbi, ...tokenErrors], functionName: 'deposit', value })
    : reader.estimateContractGas({ ...call, abi: [...productBridgeAbi, ...tokenErrors], functionName: 'redeem' }));
  return { steps: ['send'], gas, fee: gas * (await reader.getGasPrice()), bridgeFee };
}
