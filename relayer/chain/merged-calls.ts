import type { Hex } from 'viem';

import { type ViewCall, decodeViewCalls, encodeViewCalls } from './view-calls.ts';

/** Milliseconds for which calls at one block gather. Transfers do not wait for reads at a final block. */
const GATHER_MS = 5;
/** In one request: the results, and the gas of the calls, stay far below the limits of nodes. */
const MOST_CALLS = 100;
/** Fewer are sent one by one. */
const LEAST_CALLS = 4;
/** Nodes that refuse merged calls, and serve the same calls one by one, are tried again after this long. */
const REMEMBERED_MS = 600_000;

/** Makes an `eth_call` at a block on which the quorum agrees; those of one block travel as one. */
export type MergedCalls = (call: ViewCall, blockHash: Hex) => Promise<Hex>;

interface Waiting {
  readonly call: ViewCall;
  readonly resolve: (result: Hex | Promise<Hex>) => void;
}

/**
 * The bridges of a process compare themselves with the chains at the same time: merged, their reads cost about as much
 * as those of one bridge. A call that fails among others is sent alone, for its node's own error.
 */
export function createMergedCalls(options: {
  /** One `eth_call` on which the quorum agrees; answers at which `keyOf` throws are discarded. */
  readonly agree: (params: readonly unknown[], keyOf?: (answer: Hex) => string) => Promise<Hex>;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}): MergedCalls {
  const { agree, now } = options;
  /** By block hash. */
  const gathering = new Map<Hex, Waiting[]>();
  let refusedUntil = -Infinity;

  const alone = ({ call, resolve }: Waiting, blockHash: Hex): Promise<Hex> => {
    const result = agree([call, { blockHash }]);
    resolve(result);
    return result;
  };

  const send = async (calls: readonly Waiting[], blockHash: Hex): Promise<void> => {
    const isMerged = calls.length >= LEAST_CALLS && now() >= refusedUntil;
    let results: readonly (Hex | undefined)[] | undefined;
    if (isMerged) {
      const data = encodeViewCalls(calls.map(({ call }) => call));
      const read = (answer: Hex) => decodeViewCalls(answer, calls.length);
      const keyOf = (answer: Hex): string => (read(answer), answer);
      results = await agree([{ data }, { blockHash }], keyOf).then(read, () => undefined);
    }
    const rest = await Promise.allSettled(
      calls.flatMap((one, index) => {
        const result = results?.[index];
        if (result === undefined) return [alone(one, blockHash)];
        one.resolve(result);
        return [];
      }),
    );
    const isServedAlone = rest.some(({ status }) => status === 'fulfilled');
    if (isMerged && results === undefined && isServedAlone) refusedUntil = now() + REMEMBERED_MS;
  };

  const flush = (blockHash: Hex): void => {
    const calls = gathering.get(blockHash) ?? [];
    gathering.delete(blockHash);
    if (calls.length > 0) void send(calls, blockHash);
  };

  return (call, blockHash) =>
    new Promise((resolve) => {
      const calls = gathering.get(blockHash) ?? [];
      gathering.set(blockHash, calls);
      calls.push({ call, resolve });
      if (calls.length === MOST_CALLS) flush(blockHash);
      else if (calls.length === 1) setTimeout(flush, GATHER_MS, blockHash);
    });
}

/** The view and the block hash of a request that may travel with others. */
export function viewIn(
  method: string,
  params: readonly unknown[],
): (ViewCall & { readonly blockHash: Hex }) | undefined {
  const [call, at] = params as readonly [Partial<Record<string, Hex>>?, ({ readonly blockHash?: Hex } | string)?];
  if (method !== 'eth_call' || call === undefined || typeof at !== 'object' || at.blockHash === undefined)
    return undefined;
  const { to, data, ...others } = call;
  if (to === undefined || data === undefined || Object.keys(others).length > 0) return undefined;
  return { to, data, blockHash: at.blockHash };
}
