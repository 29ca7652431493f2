import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { nodeWords, normalizeWords } from '../../protocol/node-words.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { Request } from './quorum-read.ts';
import { RpcError, TOO_MANY_REQUESTS, UnreachableError, isRateLimit } from './rpc-errors.ts';

/** Both ends included. */
interface Range {
  readonly from: bigint;
  readonly to: bigint;
}

/** Reads the logs of some addresses in a range at one endpoint, in as many requests as its limits need. */
export type ReadLogs = (
  request: Request,
  endpoint: string,
  range: Range,
  addresses: readonly Address[],
  filterOf: (range: Range, addresses: readonly Address[]) => object,
) => Promise<readonly RpcLog[]>;

/** Providers change their limits; a limit that was learned is tried again after this long. */
const REMEMBERED_MS = 3_600_000;
const METHOD_NOT_FOUND = -32_601;
/** HTTP statuses for a request that the server understood and will not serve, by its content or size. */
const UNPROCESSABLE: readonly number[] = [400, 413, 414, 422];

/**
 * Providers limit the blocks and the addresses of one `eth_getLogs` and refuse in words of their own, so that the limits of each
 * endpoint are found by trying: a refused range is read again in halves, down to one block; then the addresses are.
 */
export function createLogReader(now: () => number = () => performance.now()): ReadLogs {
  const learned = new Map<string, { readonly blocks: bigint; readonly addresses: number; readonly until: number }>();

  return async (request, endpoint, range, addresses, filterOf) => {
    const known = learned.get(endpoint);
    const isKnown = known !== undefined && now() < known.until;
    let blocks = isKnown ? known.blocks : range.to - range.from + 1n;
    let count = isKnown ? known.addresses : addresses.length;
    let refusal: unknown;
    const logs: RpcLog[] = [];
    for (let first = 0; first < addresses.length;) {
      const some = addresses.slice(first, first + count);
      const found: RpcLog[] = [];
      let from = range.from;
      while (from <= range.to) {
        const to = from + blocks - 1n < range.to ? from + blocks - 1n : range.to;
        try {
          const logs = await request<readonly RpcLog[] | null>('eth_getLogs', [filterOf({ from, to }, some)]);
          // No answer, and none of an empty range either.
          if (!Array.isArray(logs)) {
            throw new PegwayError(`${endpoint}: eth_getLogs: expected a list, found ${JSON.stringify(logs)}`, {
              code: 'rpc-unreachable',
            });
          }
          for (const log of logs as readonly RpcLog[]) found.push(log);
        } catch (error) {
          if ((to === from && some.length === 1) || !mayBeLimit(error)) throw refusal ?? error;
          refusal ??= error;
          if (to > from) blocks = (to - from + 1n) / 2n;
          else {
            count = Math.floor(some.length / 2);
            break;
          }
          continue;
        }
        from = to + 1n;
      }
      // Of fewer addresses, the whole range is read again.
      if (from <= range.to) continue;
      for (const log of found) logs.push(log);
      first += some.length;
    }
    // Only of a whole range: a node that lags refuses ranges that end above its head, of any size.
    if (refusal !== undefined) learned.set(endpoint, { blocks, addresses: count, until: now() + REMEMBERED_MS });
    return logs;
  };
}

/** Words of a limit on one request, after `normalizeWords`. */
const rangeWords =
  /\brange|blocks|\blogs\b|results|response size|too (large|big|long|wide)|(query|queries)\b.{0,20}(exceed|limit|time)/;

/** True for an error that a smaller range may avoid; some providers answer one in HTTP alone. */
export function mayBeLimit(error: unknown): boolean {
  if (error instanceof RpcError) {
    if (error.rpcCode === METHOD_NOT_FOUND || error.status === TOO_MANY_REQUESTS) return false;
    return rangeWords.test(normalizeWords(nodeWords(error.error))) || !isRateLimit(error);
  }
  if (!(error instanceof UnreachableError) || error.status === undefined) return false;
  return UNPROCESSABLE.includes(error.status) || rangeWords.test(normalizeWords(error.why));
}
