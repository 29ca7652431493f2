import type { TimedEvent } from '../chain/block-timestamps.ts';
import { sleep } from '../async/loop.ts';
import type { History } from '../store/history.ts';
import type { Side } from '../../protocol/lane.ts';

/** Of the time, at least this many parts in four belong to what moves transfers. */
const REST = 3;
const LONGEST_REST_SECONDS = 2;

/** Blocks of the first query. */
const FIRST_SPAN = 16n;
/** Events that one query should bring at most: all of its answer is held at once. */
const MANY = 1_000;

export interface ReadingBack {
  readonly side: Side;
  /** The final block up to which events are read back; those after it are handed on as they come. */
  readonly start: bigint;
  /** Blocks that one query may span. */
  readonly logRange: bigint;
  readonly history: Pick<History, 'covered' | 'cover'>;
  /** Proven events of a range, both ends included. */
  readonly read: (from: bigint, to: bigint) => Promise<readonly TimedEvent[]>;
  readonly take: (events: readonly TimedEvent[]) => Promise<void>;
  /** Whether nothing of this chain is missing. */
  readonly complete: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly retrySeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface ReadBack {
  /** Reads all since the last run, and on until nothing is missing or there are no older blocks. */
  run(): Promise<void>;
  /** All up to this block was handed on: a next start need not read it again. */
  advance(block: bigint): void;
}

/**
 * Reads one chain's older events back, newest first, from ranges of blocks; goes on where the last run was interrupted. It
 * may take as long as it takes: only people wait for it.
 */
export function createReadBack(options: ReadingBack): ReadBack {
  const { side, start, logRange, history, read, take, complete, onError, retrySeconds, now, signal } = options;
  let low = start + 1n;
  let high = start;
  let before = history.covered(side);
  let span = FIRST_SPAN;

  /** Full blocks are read few at a time, quiet years in the longest steps that the nodes allow. */
  const adapt = (events: number): void => {
    if (events > MANY) span = span > 1n ? span / 2n : 1n;
    else if (events < MANY / 4) span *= 2n;
    if (span > logRange) span = logRange;
  };

  const step = async (): Promise<void> => {
    if (before !== undefined && low - 1n <= before.high) {
      low = before.low < low ? before.low : low;
      before = undefined;
    } else {
      const to = low - 1n;
      const floor = before === undefined ? 0n : before.high + 1n;
      const length = span < logRange ? span : logRange;
      const from = to - length + 1n > floor ? to - length + 1n : floor;
      const events = await read(from, to);
      await take(events);
      low = from;
      adapt(events.length);
    }
    // Until the two ranges meet, only the older one is without a gap below.
    if (before === undefined) history.cover(side, { low, high });
  };

  return {
    async run() {
      while (!signal.aborted && low > 0n && (before !== undefined || !complete())) {
        const began = now();
        try {
          await step();
        } catch (error) {
          onError(error);
          // It may have been too much for the node.
          adapt(Infinity);
          await sleep(retrySeconds, signal);
        }
        await sleep(Math.min(REST * (now() - began), LONGEST_REST_SECONDS), signal);
      }
    },

    advance(block) {
      high = block;
      if (before === undefined && low <= high) history.cover(side, { low, high });
    },
  };
}
