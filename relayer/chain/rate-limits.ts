import { setTimeout as sleep } from 'node:timers/promises';

import { PegwayError } from '../../protocol/errors.ts';
import { RpcError, TOO_MANY_REQUESTS, UnreachableError, isRateLimit } from './rpc-errors.ts';

const PAYMENT_REQUIRED = 402;
/** Of a node that does not say when to ask again: most providers count by the second. */
const USUAL_SECONDS = 1;

/** True for a refusal that the same request avoids a little later; an allowance that is used up is none. */
const isMomentary = (error: unknown): error is RpcError | UnreachableError =>
  (error instanceof RpcError && isRateLimit(error) && error.status !== PAYMENT_REQUIRED) ||
  (error instanceof UnreachableError && error.status === TOO_MANY_REQUESTS);

/** The refusal for the node's rate among the failures of a read, as it is the one worth waiting for. */
export const rateLimitAmong = (errors: readonly unknown[]): unknown => errors.find(isMomentary);

/** In seconds; undefined if a node's rate is not the reason. */
function pauseOf(error: unknown): number | undefined {
  if (isMomentary(error)) return error.retryAfterSeconds ?? USUAL_SECONDS;
  return error instanceof PegwayError ? pauseOf(error.cause) : undefined;
}

/**
 * Repeats a read that fails because a node refuses it for its rate, after the pause that the node names.
 * @param seconds The sum of the pauses; with 0, or a longer pause than is left, the refusal is thrown.
 */
export async function waitOutRateLimits<T>(seconds: number, read: () => Promise<T>): Promise<T> {
  for (let left = seconds; ;) {
    try {
      return await read();
    } catch (error) {
      const pause = pauseOf(error);
      if (pause === undefined || pause > left || left <= 0) throw error;
      left -= Math.max(pause, USUAL_SECONDS);
      await sleep(pause * 1_000);
    }
  }
}
