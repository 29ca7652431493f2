import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import { productBridgeAbi } from '../../protocol/abi.ts';
import { type Direction, sourceOf } from '../../protocol/lane.ts';
import { optional } from '../../sdk/index.ts';
import { useMachine } from '../context.ts';

/**
 * Gas of a deposit with permit, rounded up. It cannot be estimated before there is a permit or an allowance; the
 * browser tests compare it with the gas that a deposit used.
 */
export const DEPOSIT_GAS = 200_000n;
/** Gas of a redeem that cannot be estimated: without a connected account, or for an invalid amount. */
const REDEEM_GAS = 90_000n;

export interface Sending {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly amount: bigint | undefined;
  readonly bridgeFee: bigint | undefined;
  readonly recipient: Address | undefined;
  readonly account: Address | undefined;
}

/** Estimated network fee, in base units of the source chain's coin; 0 on a chain without fees. */
export function useFee({ direction, productToken, amount, bridgeFee, recipient, account }: Sending) {
  const { config, readers } = useMachine();
  const source = sourceOf(direction);
  return useQuery({
    queryKey: ['fee', direction, productToken, amount?.toString(), bridgeFee?.toString(), recipient, account],
    staleTime: 15_000,
    placeholderData: (before: bigint | undefined) => before,
    queryFn: async () => {
      const reader = readers[source];
      const price = await reader.getGasPrice();
      if (price === 0n) return 0n;
      if (direction === 'mint') return price * DEPOSIT_GAS;
      if (account === undefined || amount === undefined || recipient === undefined) return price * REDEEM_GAS;
      const call = { address: config.chains[source].bridge, abi: productBridgeAbi, functionName: 'redeem' } as const;
      const args = [productToken, amount, recipient, bridgeFee ?? 0n] as const;
      return price * ((await optional(reader.estimateContractGas({ ...call, args, account }))) ?? REDEEM_GAS);
    },
  });
}
