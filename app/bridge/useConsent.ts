import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Address } from 'viem';

import { type Consent, consentsFor } from '../../sdk/index.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';

export interface DepositConsent {
  /**
   * The wallet's first prompt: 'permit', 'approve', 'reset' (followed by 'approve'), or 'none' if the allowance
   * suffices. Undefined until known.
   */
  readonly first: Consent | 'none' | undefined;
  /** The token rejected a permit of this account: do not request another one during this visit. */
  readonly isUnpermitted: boolean;
  noteUnpermitted(): void;
}

/** The consents that a deposit requires from the wallet before it can be sent. */
export function useConsent(
  peg: PegView,
  amount: bigint | undefined,
  account: Address | undefined,
  isDeposit: boolean,
): DepositConsent {
  const { config, readers } = useMachine();
  const queries = useQueryClient();
  const main = { bridge: config.chains.main.bridge, reader: readers.main };
  const token = peg.tokens.main.address;
  const noted = ['unpermitted', token, account];
  const isUnpermitted = useQuery({ queryKey: noted, enabled: false, initialData: false, gcTime: Infinity }).data;
  const first = useQuery({
    queryKey: ['consent', token, amount?.toString(), account, isUnpermitted],
    enabled: isDeposit && amount !== undefined && account !== undefined,
    staleTime: 15_000,
    // Reuse the result for another amount, except a permit that the token has rejected since.
    placeholderData: (before: Consent | 'none' | undefined) =>
      isUnpermitted && before === 'permit' ? undefined : before,
    queryFn: async () => {
      const consents = await consentsFor(main, token, amount ?? 0n, account ?? '0x', { permit: !isUnpermitted });
      return consents[0] ?? 'none';
    },
  }).data;
  return { first, isUnpermitted, noteUnpermitted: () => void queries.setQueryData(noted, true) };
}
