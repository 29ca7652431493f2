import { type Hex, size } from 'viem';

import type { Beat } from '../async/beat.ts';
import { RpcError } from './rpc-errors.ts';
import { type ViewCall, decodeViewCalls, encodeViewCalls } from './view-calls.ts';

/** Milliseconds for which calls at one block gather. Transfers do not wait for reads at a final block. */
const GATHER_MS = 5;
/** In one request: the results, and the gas of the calls, stay far below the limits of nodes. */
const MOST_CALLS = 100;
/** Fewer are sent one by one. */
const LEAST_CALLS = 4;
/** In bytes of call data. With more, `MOST_CALLS` could exceed the largest creation code of EIP-3860. */
const LARGEST_DATA = 256;
/** Nodes that refuse merged calls, and serve the same calls one by one, are tried again after this long. */
const REMEMBERED_MS = 600_000;
/** The same for nodes that did not answer: most often they were busy, and would be more so with one request a call. */
const UNANSWERED_MS = 60_000;

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

  /** @returns the results; where there are none, the time for which merged calls are not worth another try. */
  const together = async (
    calls: readonly Waiting[],
    blockHash: Hex,
  ): Promise<{ readonly results?: readonly (Hex | undefined)[]; readonly pauseMs: number }> => {
    const data = encodeViewCalls(calls.map(({ call }) => call));
    const read = (answer: Hex) => decodeViewCalls(answer, calls.length);
    let pauseMs = UNANSWERED_MS;
    const keyOf = (answer: Hex): string => {
      pauseMs = REMEMBERED_MS;
      read(answer);
      return answer;
    };
    try {
      return { results: read(await agree([{ data }, { blockHash }], keyOf)), pauseMs };
    } catch (error) {
      const isAnswered = error instanceof RpcError || (error instanceof Error && error.cause instanceof RpcError);
      return { pauseMs: isAnswered ? REMEMBERED_MS : pauseMs };
    }
  };

  const send = async (calls: readonly Waiting[], blockHash: Hex): Promise<void> => {
    const isMerged = calls.length >= LEAST_CALLS && now() >= refusedUntil;
    const { results, pauseMs } = isMerged ? await together(calls, blockHash) : { pauseMs: 0 };
    const rest = await Promise.allSettled(
      calls.flatMap((one, index) => {
        const result = results?.[index];
        if (result === undefined) return [alone(one, blockHash)];
        one.resolve(result);
        return [];
      }),
    );
    const isServedAlone = rest.some(({ status }) => status === 'fulfilled');
    if (isMerged && results === undefined && isServedAlone) refusedUntil = now() + pauseMs;
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
  if (size(data) > LARGEST_DATA) return undefined;
  return { to, data, blockHash: at.blockHash };
}

/** As `Beat`, for requests that are not gathered: they join those of the same moment that are. */
export const afterGathering =
  (beat: Beat): Beat =>
  async (seconds, signal) => {
    await beat(seconds, signal);
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
  };
