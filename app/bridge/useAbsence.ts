import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import { isAbsent } from '../../sdk/index.ts';
import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { useMachine } from '../context.ts';

/**
 * True if the account is a contract at the source, and its address has no code at the destination; undefined until
 * known.
 */
export function useAbsence(account: Address | undefined, direction: Direction): boolean | undefined {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['absence', account, direction],
    enabled: account !== undefined,
    staleTime: 60_000,
    // Retry after an RPC failure: without a result, nothing can be sent to one's own account.
    refetchInterval: ({ state }) => (state.data === undefined ? config.pollSeconds * 1_000 : false),
    queryFn: () => isAbsent(readers[sourceOf(direction)], readers[destinationOf(direction)], account ?? '0x'),
  }).data;
}
