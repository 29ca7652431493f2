import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { Address } from 'viem';

import type { TransferName } from '../../sdk/index.ts';
import { type Transfer, laneKey, sourceOf } from '../../protocol/lane.ts';
import { type TransferReport, parseReport, parseStatus } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import { noteArrival } from '../sent-transfers.ts';
import { useMachine } from '../context.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { type TransferMemory, readFacts } from './facts.ts';

const keyOf = (name: TransferName): string => `${laneKey(name)}-${name.nonce}`;

const memories = new Map<string, TransferMemory>();

function memoryOf(name: TransferName): TransferMemory {
  const key = keyOf(name);
  const known = memories.get(key) ?? {};
  memories.set(key, known);
  return known;
}

/** A transfer's state on the chains, polled until it has ended. */
export function useTransfer(name: TransferName) {
  const machine = useMachine();
  const queries = useQueryClient();
  return useQuery({
    queryKey: ['transfer', keyOf(name)],
    refetchInterval: ({ state }) => {
      const facts = state.data;
      const ended = facts?.arrival !== undefined && facts.status !== 'open' && facts.status !== 'parked';
      return ended ? false : machine.config.pollSeconds * 1_000;
    },
    queryFn: async () => {
      const reports = queries.getQueriesData<TransferReport>({ queryKey: ['report', keyOf(name)] });
      const said = <K extends 'block' | 'executedTransaction'>(field: K) =>
        reports.map(([, report]) => report?.[field]).find((value) => value !== undefined);
      const hints = { block: said('block'), executedTransaction: said('executedTransaction') };
      const facts = await readFacts(machine, name, memoryOf(name), hints);
      if (facts?.status === 'executed' || facts?.status === 'bounced') noteArrival(name);
      return facts ?? null;
    },
  });
}

/**
 * Each signer's relayer report. A relayer that has not reached the source block has none: its status shows that, and
 * asking for the transfer would be answered with a 404.
 */
export function useReports(
  name: TransferName,
  signers: readonly SignerNow[],
  { blockNumber }: Pick<Transfer, 'blockNumber'>,
  wanted: boolean,
) {
  const { config } = useMachine();
  const source = sourceOf(name.direction);
  const reached = useRef(new Set<Address>());
  const path = `/v1/transfers/${name.direction}/${name.productToken}/${name.nonce}`;
  return useQueries({
    queries: signers.map(({ apiUrl, address }) => ({
      queryKey: ['report', keyOf(name), address],
      enabled: wanted && apiUrl !== undefined,
      refetchInterval: config.pollSeconds * 1_000,
      retry: false,
      queryFn: async (): Promise<TransferReport> => {
        if (!reached.current.has(address)) {
          const scanned = parseStatus(await ask(apiUrl ?? '', '/v1/status?lanes=0'))?.scanned[source];
          if (scanned === undefined || scanned < blockNumber) return parseReport({});
          reached.current.add(address);
        }
        return parseReport(await ask(apiUrl ?? '', path));
      },
    })),
  });
}
