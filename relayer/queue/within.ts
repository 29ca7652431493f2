import { setTimeout as sleep } from 'node:timers/promises';

export const LATE = Symbol('late');

/** Resolves to `LATE` after a timeout. The late promise is not cancelled; its rejection is ignored. */
export async function within<T>(seconds: number, ending: Promise<T>): Promise<T | typeof LATE> {
  const ended = new AbortController();
  const late = sleep(seconds * 1_000, LATE, { signal: ended.signal });
  try {
    return await Promise.race([ending, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined);
    ending.catch(() => undefined);
  }
}
