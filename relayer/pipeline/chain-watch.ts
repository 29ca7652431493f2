import type { Hex } from 'viem';

import type { Head } from '../chain/finality.ts';
import type { BridgeEvent } from '../chain/events.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';

/** One chain as the watch sees it. */
export interface Watched {
  readonly side: Side;
  finalHead(): Promise<Head>;
  /** At a height, agreed by the quorum. */
  headerAt(number: bigint): Promise<Head>;
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
      if (seen !== undefined) await requireKept(chain, seen, now);
      // Too few nodes are where others have been already, and what they say of that height is the same: no news.
      if (seen !== undefined && now.number < seen.number) return 0;
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

/**
 * That the block which was final is so still. A head that is lower, or much higher, says nothing of it: then it is asked for.
 * @throws {PegwayError} `finality-reversed`
 */
async function requireKept(chain: Watched, seen: Head, now: Head): Promise<void> {
  const hash = await hashAt(chain, seen.number, now);
  if (hash === seen.hash) return;
  throw new PegwayError(`${chain.side} chain: final block ${seen.number} was ${seen.hash}, and is ${hash} now`, {
    code: 'finality-reversed',
    hint: 'final blocks must not change: find out which node is wrong, then restart',
  });
}

/** At rest and from block to block the head itself tells. */
async function hashAt(chain: Watched, number: bigint, head: Head): Promise<Hex> {
  if (head.number === number) return head.hash;
  if (head.number === number + 1n) return head.parentHash;
  return (await chain.headerAt(number)).hash;
}
