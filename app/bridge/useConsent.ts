import { useQuery } from '@tanstack/react-query';
import type { Address } from 'viem';

import { type Consent, consentsFor } from '../../relayer/sdk.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../machine.ts';

/**
 * What the wallet will be asked for first before a deposit: 'permit', 'approve', 'reset' (and then 'approve'), or 'none' where
 * the bridge may take so much already. Undefined until it is known.
 */
export function useConsent(peg: PegView, amount: bigint | undefined, account: Address | undefined, isDeposit: boolean) {
  const { config, readers } = useMachine();
  const main = { bridge: config.chains.main.bridge, reader: readers.main };
  const token = peg.tokens.main.address;
  return useQuery({
    queryKey: ['consent', token, amount?.toString(), account],
    enabled: isDeposit && amount !== undefined && account !== undefined,
    staleTime: 15_000,
    placeholderData: (before: Consent | 'none' | undefined) => before,
    queryFn: async () => (await consentsFor(main, token, amount ?? 0n, account ?? '0x'))[0] ?? 'none',
  });
}
