import type { Head } from '../chain/finality.ts';
import type { BridgeEvent } from '../chain/events.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';

/** The chain of one side, as needed to follow its finalized head. */
export interface WatchedChain {
  readonly side: Side;
  /** The header at a height, agreed by the quorum. */
  headerAt(number: bigint): Promise<Head>;
  /** The bridge's proven events of a range, both ends inclusive, in order. */
  events(from: bigint, to: Head): Promise<BridgeEvent[]>;
}

export interface ChainWatch {
  /** The finalized head up to which all events were processed. */
  readonly head: Head | undefined;
  /** Starts after this head: the earlier state was read from the bridges themselves. */
  startAt(head: Head): void;
  /**
   * Processes the events up to a finalized head.
   * @returns the number of blocks by which the head moved.
   * @throws {PegwayError} `finality-reversed`
   */
  advance(to: Head): Promise<number>;
}

/**
 * Follows the finalized head of one chain for one bridge. Each event is processed once, and the head moves only after a
 * whole range was processed: a failed range is retried.
 */
export function createChainWatch(
  chain: WatchedChain,
  process: (events: readonly BridgeEvent[], head: Head) => Promise<void>,
): ChainWatch {
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

    async advance(to) {
      if (seen !== undefined) await assertStillCanonical(chain, seen, to);
      // Too few nodes have reached the height seen before; its hash is unchanged, so there is nothing new.
      if (seen !== undefined && to.number < seen.number) return 0;
      seen = to;
      if (head === undefined || to.number === head.number) return 0;
      const events = await chain.events(head.number + 1n, to);
      await process(events, to);
      const blocks = Number(to.number - head.number);
      head = to;
      return blocks;
    },
  };
}

/**
 * Asserts that the last finalized block is still canonical. A head that is lower, or more than one block higher, does
 * not imply it: then the block is read again.
 * @throws {PegwayError} `finality-reversed`
 */
async function assertStillCanonical(chain: WatchedChain, seen: Head, now: Head): Promise<void> {
  const { hash, nodes } = await hashAt(chain, seen.number, now);
  if (hash === seen.hash) return;
  const before = `${seen.hash}${sourceOf(seen.nodes)}`;
  const after = `${hash}${sourceOf(nodes)}`;
  throw new PegwayError(`${chain.side} chain: finalized block ${seen.number} changed from ${before} to ${after}`, {
    code: 'finality-reversed',
    hint: 'finalized blocks must not change: find the faulty node, then restart',
  });
}

const sourceOf = (nodes: Head['nodes'] = []): string => (nodes.length === 0 ? '' : ` (node ${nodes.join(', ')})`);

/** The new head itself carries the hash while it stays or advances by one block. */
async function hashAt(chain: WatchedChain, number: bigint, head: Head): Promise<Pick<Head, 'hash' | 'nodes'>> {
  if (head.number === number) return head;
  if (head.number === number + 1n) return { ...head, hash: head.parentHash };
  return chain.headerAt(number);
}
