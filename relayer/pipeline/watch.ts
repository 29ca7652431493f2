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
  /** One look. Answers by how many blocks the final head moved. @throws {PegwayError} `finality-reversed` */
  look(): Promise<number>;
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
      if (head === undefined || now.number === head.number) return 0;
      const events = await chain.events(head.number + 1n, now);
      await onEvents(events, now);
      const blocks = Number(now.number - head.number);
      head = now;
      return blocks;
    },
  };
}
