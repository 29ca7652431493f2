import { useQuery } from '@tanstack/react-query';
import { type Address, isAddressEqual } from 'viem';

import { ask } from '../api/ask.ts';
import { type Signing, parseSigning } from '../api/statistics.ts';
import { useMachine } from '../context.ts';
import type { SignerNow } from './useSigners.ts';

/** One signer's signatures over the last 90 days. */
export interface SignerRecord {
  readonly batches: number;
  /** Of the batches of all signers, from 0 to 1; undefined without any batch. */
  readonly share: number | undefined;
  readonly lastSignatureAt: number | undefined;
  readonly latencySeconds: number | undefined;
}

export interface SigningRecords {
  /** The relayers that reported. */
  readonly tellers: readonly string[];
  readonly of: (signer: Address) => SignerRecord | undefined;
}

/** Of an odd number of reports the median is honest while most relayers are. */
const ASKED = 3;

/** What relayers counted, the median of several. */
export function useSigningRecords(signers: readonly SignerNow[]): SigningRecords | undefined {
  const { config } = useMachine();
  const tellers = signers.filter(({ apiUrl, state }) => apiUrl !== undefined && state !== 'silent').slice(0, ASKED);
  return useQuery({
    queryKey: ['signing-records', tellers.map(({ apiUrl }) => apiUrl).join()],
    enabled: tellers.length > 0,
    refetchInterval: config.pollSeconds * 5_000,
    queryFn: async (): Promise<SigningRecords> => {
      const reports = await Promise.all(
        tellers.map(async ({ name, apiUrl = '' }) => {
          const signing = await ask(apiUrl, '/v1/signers').then(parseSigning, () => undefined);
          return signing === undefined ? [] : [{ name, signing }];
        }),
      );
      const found = reports.flat();
      return {
        tellers: found.map(({ name }) => name),
        of: (signer) =>
          recordOf(
            found.map(({ signing }) => signing),
            signer,
          ),
      };
    },
  }).data;
}

export function recordOf(reports: readonly Signing[], signer: Address): SignerRecord | undefined {
  const counted = reports.flatMap(({ batches, signers }) => {
    const own = signers.find(({ address }) => isAddressEqual(address, signer));
    return own === undefined ? [] : [{ ...own, all: Number(batches) }];
  });
  if (counted.length === 0) return undefined;
  return {
    batches: median(counted.map(({ batches }) => Number(batches))) ?? 0,
    share: median(counted.flatMap(({ batches, all }) => (all === 0 ? [] : [Number(batches) / all]))),
    lastSignatureAt: median(counted.flatMap(({ lastSignatureAt }) => lastSignatureAt ?? [])),
    latencySeconds: median(counted.flatMap(({ latencySeconds }) => latencySeconds ?? [])),
  };
}

/** The lower one of two in the middle. */
const median = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
