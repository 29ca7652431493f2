import { setImmediate } from 'node:timers/promises';

/** Longest time for which one computation may hold the event loop. */
const SLICE_MILLISECONDS = 5;

/**
 * Divides a long computation into slices. Await the returned function between two steps: once the slice is used up, timers and
 * sockets get their turn first. A step longer than a slice cannot be divided.
 * @param now In milliseconds.
 */
export function createTimeSlices(now: () => number = () => performance.now()): () => Promise<void> {
  let began = now();
  return async () => {
    if (now() - began < SLICE_MILLISECONDS) return;
    await setImmediate();
    began = now();
  };
}
