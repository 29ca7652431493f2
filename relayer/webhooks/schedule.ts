const MINUTE = 60;
const HOUR = 3_600;

/** Seconds between one attempt and the next; the first attempt is made at once. 40 hours in all. */
const pauses = [5, MINUTE, 5 * MINUTE, 30 * MINUTE, ...[1, 2, 4, 8, 12, 12].map((hours) => hours * HOUR)];

/** After so many failed attempts an event is a dead letter. */
export const ATTEMPTS = pauses.length + 1;

/** Days for which events must be kept, so that the last attempt finds its event. */
export const LEAST_KEEP_DAYS = 3;

/**
 * Seconds until the attempt after this many failed ones; undefined when no attempt is left.
 * @param retryAfterSeconds The pause that the receiver asked for.
 */
export function pauseAfter(attempts: number, retryAfterSeconds = 0): number | undefined {
  const pause = pauses[attempts - 1];
  return pause === undefined ? undefined : Math.max(pause, retryAfterSeconds);
}
