import type { TimedEvent } from '../chain/block-timestamps.ts';
import { sleep } from '../async/loop.ts';
import type { History } from '../store/history.ts';
import type { Side } from '../../protocol/lane.ts';

/** Of the time, at least this many parts in four belong to what moves transfers. */
const IDLE_RATIO = 3;
const MAX_IDLE_SECONDS = 2;

/** Blocks of the first query. */
const INITIAL_SPAN = 16n;
/** Events that one query should bring at most: all of its answer is held at once. */
const MAX_EVENTS_PER_QUERY = 1_000;

export interface BackfillOptions {
  readonly side: Side;
  /** The final block up to which events are read back; those after it are handed on as they come. */
  readonly start: bigint;
  /** Blocks that one query may span. */
  readonly logRange: bigint;
  readonly history: Pick<History, 'coveredRange' | 'setCoveredRange'>;
  /** Proven events of a range, both ends included. */
  readonly read: (from: bigint, to: bigint) => Promise<readonly TimedEvent[]>;
  readonly index: (events: readonly TimedEvent[]) => Promise<void>;
  /** Whether nothing of this chain is missing. */
  readonly isComplete: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly retrySeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Backfill {
  /** Reads all since the last run, and on until nothing is missing or there are no older blocks. */
  run(): Promise<void>;
  /** All up to this block was handed on: a next start need not read it again. */
  advance(block: bigint): void;
}

/**
 * Reads one chain's older events back, newest first, from ranges of blocks; goes on where the last run was interrupted. It
 * may take as long as it takes: only people wait for it.
 */
export function createBackfill(options: BackfillOptions): Backfill {
  const { side, start, logRange, history, read, index, isComplete, onError, retrySeconds, now, signal } = options;
  let low = start + 1n;
  let high = start;
  let previousRun = history.coveredRange(side);
  let span = INITIAL_SPAN;

  /** Full blocks are read few at a time, quiet years in the longest steps that the nodes allow. */
  const adapt = (events: number): void => {
    if (events > MAX_EVENTS_PER_QUERY) span = span > 1n ? span / 2n : 1n;
    else if (events < MAX_EVENTS_PER_QUERY / 4) span *= 2n;
    if (span > logRange) span = logRange;
  };

  const step = async (): Promise<void> => {
    if (previousRun !== undefined && low - 1n <= previousRun.high) {
      low = previousRun.low < low ? previousRun.low : low;
      previousRun = undefined;
    } else {
      const to = low - 1n;
      const floor = previousRun === undefined ? 0n : previousRun.high + 1n;
      const length = span < logRange ? span : logRange;
      const from = to - length + 1n > floor ? to - length + 1n : floor;
      const events = await read(from, to);
      await index(events);
      low = from;
      adapt(events.length);
    }
    // Until the two ranges meet, only the older one is without a gap below.
    if (previousRun === undefined) history.setCoveredRange(side, { low, high });
  };

  return {
    async run() {
      while (!signal.aborted && low > 0n && (previousRun !== undefined || !isComplete())) {
        const began = now();
        try {
          await step();
        } catch (error) {
          onError(error);
          // It may have been too much for the node.
          adapt(Infinity);
          await sleep(retrySeconds, signal);
        }
        await sleep(Math.min(IDLE_RATIO * (now() - began), MAX_IDLE_SECONDS), signal);
      }
    },

    advance(block) {
      high = block;
      if (previousRun === undefined && low <= high) history.setCoveredRange(side, { low, high });
    },
  };
}
