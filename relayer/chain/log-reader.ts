import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { Request } from './quorum-read.ts';
import { RpcError, UnreachableError } from './rpc-errors.ts';

/** Both ends included. */
interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** Reads the logs of a range at one endpoint, in as many requests as its limits need. */
export type ReadLogs = (
  request: Request,
  endpoint: string,
  range: Range,
  filterOf: (range: Range) => object,
) => Promise<readonly RpcLog[]>;

/** Providers change their limits; a limit that was learned is tried again after this long. */
const REMEMBERED_MS = 3_600_000;
const METHOD_NOT_FOUND = -32_601;
const BAD_REQUEST = 400;
const CONTENT_TOO_LARGE = 413;
const TOO_MANY_REQUESTS = 429;

/**
 * Providers limit the blocks of one `eth_getLogs` and refuse in words of their own, so that the limit of each endpoint is found
 * by trying: a refused range is read again in halves, down to one block.
 */
export function createLogReader(now: () => number = () => performance.now()): ReadLogs {
  const learned = new Map<string, { readonly blocks: bigint; readonly until: number }>();

  return async (request, endpoint, range, filterOf) => {
    const known = learned.get(endpoint);
    let blocks = known !== undefined && now() < known.until ? known.blocks : range.to - range.from + 1n;
    let refusal: unknown;
    const logs: RpcLog[] = [];
    for (let from = range.from; from <= range.to;) {
      const to = from + blocks - 1n < range.to ? from + blocks - 1n : range.to;
      try {
        for (const log of await request<readonly RpcLog[]>('eth_getLogs', [filterOf({ from, to })])) logs.push(log);
      } catch (error) {
        if (to === from || !mayBeLimit(error)) throw refusal ?? error;
        refusal ??= error;
        blocks = (to - from + 1n) / 2n;
        continue;
      }
      from = to + 1n;
    }
    // Only of a whole range: a node that lags refuses ranges that end above its head, of any size.
    if (refusal !== undefined) learned.set(endpoint, { blocks, until: now() + REMEMBERED_MS });
    return logs;
  };
}

/** True for an error that a smaller range may avoid; some providers answer one in HTTP alone. */
export const mayBeLimit = (error: unknown): boolean =>
  error instanceof RpcError
    ? error.rpcCode !== METHOD_NOT_FOUND && error.status !== TOO_MANY_REQUESTS
    : error instanceof UnreachableError && (error.status === BAD_REQUEST || error.status === CONTENT_TOO_LARGE);
