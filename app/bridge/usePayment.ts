import { useQuery } from '@tanstack/react-query';
import { type Address, encodeFunctionData, erc20Abi } from 'viem';

import { isCoin, optional } from '../../sdk/index.ts';
import { useMachine } from '../context.ts';
import type { PegView } from '../chain/overview.ts';

const YES = `0x${'1'.padStart(64, '0')}`;

/**
 * Simulates the bridge's payment to this recipient on the main chain, with the bridge's gas limit. A redeem that fails
 * this simulation could only bounce.
 */
export function usePayment(
  peg: PegView,
  amount: bigint | undefined,
  recipient: Address | undefined,
  isRedeem: boolean,
) {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['payment', peg.productToken, amount?.toString(), recipient],
    enabled: isRedeem && amount !== undefined && recipient !== undefined && amount <= peg.locked,
    staleTime: 15_000,
    queryFn: async (): Promise<'pays' | 'refuses'> => {
      const args = [recipient ?? '0x', amount ?? 0n] as const;
      const token = peg.tokens.main.address;
      const gas = BigInt(peg.sides.main.gasCap) + 60_000n;
      const answer = await optional(
        readers.main.call({
          account: config.chains.main.bridge,
          ...(isCoin(token)
            ? { to: recipient, value: amount }
            : { to: token, data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args }) }),
          gas,
        }),
      );
      if (answer === undefined) return 'refuses';
      // Empty, or exactly `true`: the bridge's own success rule.
      const { data = '0x' } = answer;
      return isCoin(token) || data === '0x' || data === YES ? 'pays' : 'refuses';
    },
  });
}
