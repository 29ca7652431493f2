import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type Address, erc20Abi } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { isCoin } from '../../sdk/index.ts';
import { useMachine } from '../context.ts';
import type { PegView } from './overview.ts';

/** An account's balances on one side, in base units. */
export interface Holding {
  readonly token: bigint;
  /** Balance of the coin that pays for gas. */
  readonly coins: bigint;
}

export type Balances = Readonly<Record<Side, Holding>>;

export function useBalances(account: Address | undefined, peg: PegView | undefined) {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['balances', account, peg?.productToken],
    enabled: account !== undefined && peg !== undefined,
    refetchInterval: config.pollSeconds * 1_000,
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<Balances> => {
      if (account === undefined || peg === undefined) throw new RangeError('nobody to ask for');
      const holding = async (side: Side): Promise<Holding> => {
        const { address } = peg.tokens[side];
        const token = { address, abi: erc20Abi, args: [account] } as const;
        const [balance, coins] = await Promise.all([
          isCoin(address) ? undefined : readers[side].readContract({ ...token, functionName: 'balanceOf' }),
          readers[side].getBalance({ address: account }),
        ]);
        return { token: balance ?? coins, coins };
      };
      const [main, product] = await Promise.all([holding('main'), holding('product')]);
      return { main, product };
    },
  });
}
