import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import { type Candidate, balancesOf, findCandidates } from '../../sdk/exits/candidates.ts';
import { type ExitSources, readExitSources } from '../../sdk/exits/sources.ts';
import { isContract } from '../../sdk/sender-account.ts';
import type { Overview } from '../chain/overview.ts';
import { type Machine, useMachine } from '../context.ts';
import { readClaims } from './claims.ts';
import type { DeployedExits } from './useExits.ts';

/** The contracts of the exits, and where their claims are read. They never change. */
export function useSources() {
  const machine = useMachine();
  return useQuery({ queryKey: ['exit-sources'], staleTime: Infinity, queryFn: () => sourcesOf(machine) });
}

async function sourcesOf({ config, readers }: Machine): Promise<ExitSources> {
  const sideOf = (side: 'main' | 'product') => {
    const { bridge, logRange } = config.chains[side];
    return { reader: readers[side], bridge, logRange: Number(logRange) };
  };
  const sources = await readExitSources({ main: sideOf('main'), product: sideOf('product') });
  if (sources === undefined) throw new Error('the bridge has no exits');
  return sources;
}

/** True for a contract of the main chain, which signs nothing. */
export function useIsContract(own: Address) {
  const { main } = useMachine().readers;
  return useQuery({ queryKey: ['exit-own-code', own], staleTime: Infinity, queryFn: () => isContract(main, own) });
}

/** All that an account may be owed: its balances at once, its transfers once the events of both chains are read. */
export function useCandidates(sources: ExitSources, account: Address, { exits, settlement }: DeployedExits) {
  const { data, isPending, error } = useQuery({
    queryKey: ['exit-candidates', exits, account, settlement.blockHash],
    // On a closed bridge no claim arises any more.
    staleTime: Infinity,
    retry: 1,
    queryFn: () => findCandidates(sources, account, settlement.number),
  });
  return { candidates: data ?? balancesOf(sources.productTokens, account), isSearching: isPending, searchError: error };
}

/** Their claims, as they are registered and paid. */
export function useClaims({ exits }: DeployedExits, { pegs }: Overview, candidates: readonly Candidate[]) {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['exit-claims', exits, pegs.length, candidates.map(({ id }) => id).join()],
    refetchInterval: config.pollSeconds * 5_000,
    placeholderData: (previous) => previous,
    queryFn: () => readClaims(readers.main, exits, candidates, pegs),
  });
}
