import { type Address, isAddressEqual } from 'viem';

import { mainBridgeAbi } from '../protocol/abi.ts';
import { COIN, MAXIMUM_AMOUNT } from '../protocol/peg.ts';
import type { BridgeReader, TransferRequest } from './bridge-client.ts';

export const isCoin = (mainToken: Address): boolean => isAddressEqual(mainToken, COIN);

/** A departure pays `flat + amount × basisPoints / 10,000`, rounded up, on top of its amount, in the token that is given. */
export interface FeeInfo {
  /** In base units of the token that is given. */
  readonly flat: bigint;
  readonly basisPoints: number;
}

const BASIS = 10_000n;

/** The fee of `amount`; pure, as the bridges compute it (`Pegs.feeOf`). */
export const feeOf = ({ flat, basisPoints }: FeeInfo, amount: bigint): bigint =>
  flat + (amount * BigInt(basisPoints) + BASIS - 1n) / BASIS;

/** The largest amount that a balance covers together with its fee; 0 when the balance does not cover the flat part. */
export function largestWithFee({ flat, basisPoints }: FeeInfo, balance: bigint): bigint {
  const rest = balance - flat;
  return rest < 0n ? 0n : (rest * BASIS) / (BASIS + BigInt(basisPoints));
}

/** The fee that the source bridge takes on top of `amount`; both in base units of the token that is given. */
export const quoteFee = ({ bridge, reader }: BridgeReader, productToken: Address, amount: bigint): Promise<bigint> =>
  reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'quoteFee', args: [productToken, amount] });

/** In base units of the token that is given. */
export interface Charge {
  /** As the bridge quotes it now. */
  readonly fee: bigint;
  /** The most that the bridge may take; a higher fee makes it refuse. */
  readonly maxFee: bigint;
}

/** The fee of a request, and the maximum that it is sent with: the quoted fee unless the request has its own. */
export async function chargeOf(
  source: BridgeReader,
  { productToken, amount, maxFee }: TransferRequest,
): Promise<Charge> {
  const fee = await quoteFee(source, productToken, amount);
  // Only an amount that the bridge refuses anyway has a fee above uint128.
  return { fee, maxFee: maxFee ?? (fee < MAXIMUM_AMOUNT ? fee : MAXIMUM_AMOUNT) };
}
