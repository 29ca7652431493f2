/**
 * Waits for the next multiple of `seconds` on the process's clock; an abort ends the wait early, without an error. All
 * that wait for one moment go on in the same turn of the event loop, so that their requests share HTTP requests.
 */
export type Beat = (seconds: number, signal: AbortSignal) => Promise<void>;

/** The most by which a timer fires early. */
const EARLY_MS = 50;

/** @param now Monotonic seconds. */
export function createBeat(now: () => number): Beat {
  /** By the milliseconds of the moment. */
  const moments = new Map<number, Promise<void>>();

  return async (seconds, signal) => {
    const time = now() * 1_000;
    const interval = seconds * 1_000;
    // A timer that was set late in a turn fires early, and what it woke would find the same moment ahead.
    const early = Math.min(EARLY_MS, interval / 10);
    const at = Math.round((Math.floor((time + early) / interval) + 1) * interval);
    let moment = moments.get(at);
    if (moment === undefined) {
      moment = new Promise<void>((resolve) => {
        // Without a reference: when all that wait are aborted, it must not keep the process.
        setTimeout(resolve, Math.ceil(at - time)).unref();
      }).then(() => void moments.delete(at));
      moments.set(at, moment);
    }
    const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
    const end = (): void => resolve(undefined);
    signal.addEventListener('abort', end, { once: true });
    if (!signal.aborted) await Promise.race([moment, aborted]);
    signal.removeEventListener('abort', end);
  };
}
