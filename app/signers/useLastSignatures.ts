import { useQuery } from '@tanstack/react-query';

import { findExecutions } from '../../sdk/index.ts';
import { indicesOf } from '../../protocol/attestation.ts';
import type { Side } from '../../protocol/lane.ts';
import { useMachine } from '../context.ts';

export interface LastSignatures {
  /** By signer index. */
  readonly found: ReadonlyMap<number, { readonly block: bigint; readonly chain: string; readonly timestamp: bigint }>;
  /** Number of blocks scanned on each chain. */
  readonly blocks: bigint;
}

/** Each signer's last counted signature, from both bridges' own events. */
export function useLastSignatures(): LastSignatures | undefined {
  const { config, readers } = useMachine();
  return useQuery({
    queryKey: ['last-signatures'],
    refetchInterval: config.pollSeconds * 5_000,
    queryFn: async (): Promise<LastSignatures> => {
      const blocks = config.chains.main.logRange;
      const found = new Map<number, { block: bigint; chain: string; timestamp: bigint }>();
      const look = async (side: Side) => {
        const reader = readers[side];
        const { bridge, name, logRange } = config.chains[side];
        const head = await reader.getBlockNumber();
        const fromBlock = head > logRange ? head - logRange + 1n : 0n;
        const newest = new Map<number, bigint>();
        for (const { blockNumber, signerMask } of await findExecutions(
          { bridge, reader },
          { fromBlock, toBlock: head },
        )) {
          for (const index of indicesOf(signerMask)) newest.set(index, blockNumber);
        }
        for (const [index, block] of newest) {
          const { timestamp } = await reader.getBlock({ blockNumber: block });
          const other = found.get(index);
          if (other === undefined || other.timestamp < timestamp) found.set(index, { block, chain: name, timestamp });
        }
      };
      await Promise.all([look('main'), look('product')]);
      return { found, blocks };
    },
  }).data;
}
