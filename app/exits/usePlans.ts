import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import type { Snapshot } from '../../protocol/exits/snapshot.ts';
import { type ClaimPlan, planClaim } from '../../sdk/exits/plan-claim.ts';
import type { ExitSources } from '../../sdk/exits/sources.ts';
import type { OpenRow } from './claims.ts';

export interface PlannedRow {
  readonly row: OpenRow;
  readonly plan: ClaimPlan;
}

export interface Plans {
  readonly planned: readonly PlannedRow[];
  /** Claims that the nodes do not prove now, and why. */
  readonly failed: readonly { readonly row: OpenRow; readonly error: unknown }[];
}

/** The transactions that register these claims; undefined while they are worked out. One that fails stops no other. */
export function usePlans(
  sources: ExitSources,
  snapshot: Snapshot,
  account: Address,
  rows: readonly OpenRow[],
): { readonly plans: Plans | undefined; readonly refresh: () => void } {
  const { data, refetch } = useQuery({
    queryKey: ['exit-plans', snapshot.blockHash, account, rows.map(({ id }) => id).join()],
    staleTime: Infinity,
    queryFn: async (): Promise<Plans> => {
      const tried = await Promise.all(rows.map((row) => tryPlan(sources, snapshot, account, row)));
      return {
        planned: tried.filter((one) => 'plan' in one),
        failed: tried.filter((one) => 'error' in one),
      };
    },
  });
  return { plans: data, refresh: () => void refetch() };
}

async function tryPlan(
  sources: ExitSources,
  snapshot: Snapshot,
  account: Address,
  row: OpenRow,
): Promise<PlannedRow | Plans['failed'][number]> {
  try {
    const plan = await planClaim(sources, snapshot, account, row.one);
    if (plan === undefined || plan === 'absent') throw new Error('nothing is owed');
    return { row, plan };
  } catch (error) {
    return { row, error };
  }
}
