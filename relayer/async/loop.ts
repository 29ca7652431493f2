import { setTimeout as timeout } from 'node:timers/promises';

/**
 * Repeats `round` until the signal is aborted. Resolves then, once the current round has ended. A round that throws is
 * reported to `onError` and retried after `retrySeconds`; errors never end the loop.
 */
export async function runLoop(options: {
  readonly signal: AbortSignal;
  /** Does one round, and returns the seconds to wait before the next. */
  readonly round: () => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly retrySeconds: number;
}): Promise<void> {
  const { signal, round, onError, retrySeconds } = options;
  while (!signal.aborted) {
    let wait = retrySeconds;
    try {
      wait = await round();
    } catch (error) {
      onError(error);
    }
    await sleep(wait, signal);
  }
}

/** Waits. An abort ends the wait early, without an error. */
export const sleep = (seconds: number, signal: AbortSignal): Promise<void> =>
  timeout(seconds * 1_000, undefined, { signal }).catch(() => undefined);
