import type { PublicClient } from 'viem';

/** Blocks over which the interval is measured. */
const MEASURED = 16n;
/** Bounds of the polling interval, in seconds. */
const SHORTEST = 0.2;
const LONGEST = 12;

/**
 * A polling interval in seconds: the chain's mean block time over its last blocks, within 0.2 and 12. Timestamps are
 * whole seconds, so a chain with several blocks in one is polled at the lower bound. Of the two halves of these blocks
 * the faster one counts: the gap after a halt is no block time.
 */
export async function paceOf(reader: PublicClient): Promise<number> {
  const newest = await reader.getBlock();
  const count = newest.number < MEASURED ? newest.number : MEASURED;
  if (count === 0n) return SHORTEST;
  const half = count / 2n;
  const at = (back: bigint) => reader.getBlock({ blockNumber: newest.number - back });
  const [middle, first] = await Promise.all([at(half), at(count)]);
  const older = Number(middle.timestamp - first.timestamp) / Number(count - half);
  const newer = half === 0n ? older : Number(newest.timestamp - middle.timestamp) / Number(half);
  return Math.min(LONGEST, Math.max(SHORTEST, Math.min(older, newer)));
}

/** Resolves after so many seconds; rejects with the signal's reason when it is aborted first. */
export const pause = (seconds: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, seconds * 1_000);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
  });
