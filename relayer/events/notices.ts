import type { Notice, NoticeContent } from '../../protocol/notices.ts';
import { createWaiters } from '../async/waiters.ts';

/** Notices kept for all streams of a bridge together: a slower client misses the oldest. */
export const KEPT = 256;

/** The notices of one bridge, in memory. */
export interface Notices {
  publish(notice: NoticeContent): void;
  /** @returns a function that takes the notices since its last call, the first time since now; at most `KEPT`. */
  reader(): () => readonly Notice[];
  /** Resolves at the next notice, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
}

/** @param time Seconds since the epoch. */
export function createNotices(time: () => number = () => Date.now() / 1_000): Notices {
  const waiters = createWaiters();
  const kept: Notice[] = [];
  let published = 0;
  return {
    publish(notice) {
      kept.push({ ...notice, at: BigInt(Math.floor(time())) });
      if (kept.length > KEPT) kept.shift();
      published += 1;
      waiters.wake();
    },

    reader() {
      let taken = published;
      return () => {
        const untaken = published - taken;
        taken = published;
        return kept.slice(Math.max(0, kept.length - untaken));
      };
    },

    next: (signal) => waiters.next(signal),
  };
}
