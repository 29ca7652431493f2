import type { Head } from '../chain/finality.ts';
import type { BridgeEvent } from '../chain/events.ts';
import { PegwayError } from '../errors.ts';
import type { Side } from '../transfer/lane.ts';

/** One chain as the watch sees it. */
export interface Watched {
  readonly side: Side;
  finalHead(): Promise<Head>;
  /** The bridge's proven events, both ends included, in order. */
  events(from: bigint, to: Head): Promise<BridgeEvent[]>;
}

export interface Watch {
  /** The final head up to which all events were handed on. */
  readonly head: Head | undefined;
  /** Begins after this head: everything up to it is known from the bridges themselves. */
  startAt(head: Head): void;
  /** One look. Answers whether the final head moved. @throws {PegwayError} `finality-reversed` */
  look(): Promise<boolean>;
}

/**
 * Follows one chain's final head. An event is handed on once, and the head moves only when all of a range was handed on: what
 * fails is looked at again.
 */
export function createWatch(
  chain: Watched,
  onEvents: (events: readonly BridgeEvent[], head: Head) => Promise<void>,
): Watch {
  let head: Head | undefined;
  let seen: Head | undefined;

  return {
    get head() {
      return head;
    },

    startAt(start) {
      head = start;
      seen = start;
    },

    async look() {
      const now = await chain.finalHead();
      if (seen !== undefined && (now.number < seen.number || (now.number === seen.number && now.hash !== seen.hash))) {
        throw new PegwayError(
          `${chain.side} chain: the final block went from ${seen.number} (${seen.hash}) to ${now.number} (${now.hash})`,
          {
            code: 'finality-reversed',
            hint: 'final blocks must not change: find out which node is wrong, then restart',
          },
        );
      }
      seen = now;
      if (head === undefined || now.number === head.number) return false;
      const events = await chain.events(head.number + 1n, now);
      await onEvents(events, now);
      head = now;
      return true;
    },
  };
}

/** When to look next, so that a new block is seen soon and few looks are for nothing. */
export interface Pace {
  /** @returns seconds to wait after a look at `now` (monotonic seconds) that did or did not see a new block. */
  next(now: number, moved: boolean): number;
}

/** The first look comes this long before a block is expected, so that looks do not drift ever later behind the blocks. */
const LEAD = 0.04;
const FIRST_RETRY = 0.05;
const LONGEST = 4;

/** Learns the chain's rhythm: looks just before a block is due, then shortly after, and when it is late, ever more patiently. */
export function createPace(): Pace {
  let last: number | undefined;
  let interval = 1;
  let misses = 0;
  return {
    next(now, moved) {
      if (!moved) {
        misses++;
        return Math.min(FIRST_RETRY * 1.5 ** (misses - 1), Math.max(interval / 8, FIRST_RETRY), LONGEST);
      }
      // Only after a miss is it known when the block came; half old, half new, so that one late block changes little.
      if (last !== undefined && misses > 0) interval = Math.min(Math.max((interval + now - last) / 2, 0.2), 60);
      last = now;
      misses = 0;
      return Math.min(interval - LEAD, LONGEST);
    },
  };
}
