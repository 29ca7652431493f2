import { useQueries, useQueryClient } from '@tanstack/react-query';
import { type Address, isAddressEqual } from 'viem';

import { type RelayerStatus, parseStatus } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';

/** A signer, from the chains' list, the configuration, and its own relayer's report. */
export interface SignerNow {
  readonly index: number;
  readonly address: Address;
  readonly name: string;
  readonly apiUrl: string | undefined;
  /** `unknown`: not queried yet, or no relayer address. */
  readonly state: 'in-sync' | 'behind' | 'silent' | 'unknown';
  readonly status: RelayerStatus | undefined;
}

/** Tolerated lag behind the page's own node: the relayer was merely queried a moment earlier. */
const SLACK_BLOCKS = 8n;

/** The signers of both bridges, by index; each relayer is queried for its own status. */
export function useSigners(overview: Overview | undefined): readonly SignerNow[] {
  const words = useWords();
  const { config } = useMachine();
  const queries = useQueryClient();
  const listed = overview?.sides.main.signers ?? [];
  const known = listed.map((address, index) => {
    const named = config.signers.find((signer) => isAddressEqual(signer.address, address));
    return { index, address, name: named?.name ?? words.signers.unnamed(`${index + 1}`), apiUrl: named?.apiUrl };
  });
  const answers = useQueries({
    queries: known.map(({ apiUrl, address }) => ({
      queryKey: ['signer', apiUrl ?? address],
      enabled: apiUrl !== undefined,
      refetchInterval: config.pollSeconds * 4_000,
      retry: false,
      queryFn: async () => {
        const status = parseStatus(await ask(apiUrl ?? '', '/v1/status'));
        if (status === undefined || !isAddressEqual(status.address, address)) throw new Error('not this signer');
        const final = queries.getQueryData<Overview>(['overview'])?.sides;
        const lags = (side: 'main' | 'product') =>
          final !== undefined && (status.scanned[side] ?? 0n) + SLACK_BLOCKS < final[side].final.number;
        return { status, inSync: !lags('main') && !lags('product') };
      },
    })),
  });
  return known.map((signer, place) => {
    const answer = answers[place];
    const state =
      answer === undefined || signer.apiUrl === undefined || answer.isPending
        ? 'unknown'
        : answer.isError
          ? 'silent'
          : answer.data.inSync
            ? 'in-sync'
            : 'behind';
    return { ...signer, state, status: state === 'silent' ? undefined : answer?.data?.status };
  });
}
