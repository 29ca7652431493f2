import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import { isAbsent } from '../../sdk/index.ts';
import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { useMachine } from '../context.ts';

/** Whether the account is a contract where it sends from, and nothing where it would receive; undefined until it is known. */
export function useAbsence(account: Address | undefined, direction: Direction): boolean | undefined {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['absence', account, direction],
    enabled: account !== undefined,
    staleTime: 60_000,
    // A node that did not answer is asked again: without this nothing can be sent to oneself.
    refetchInterval: ({ state }) => (state.data === undefined ? config.pollSeconds * 1_000 : false),
    queryFn: () => isAbsent(readers[sourceOf(direction)], readers[destinationOf(direction)], account ?? '0x'),
  }).data;
}
