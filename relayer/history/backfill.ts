import type { TimedEvent } from '../chain/block-timestamps.ts';
import { sleep } from '../async/loop.ts';
import type { BlockRange, History } from '../store/history.ts';
import type { Side } from '../../protocol/lane.ts';

/** Idle time per unit of work: at least three quarters of the time are left to transfers. */
const IDLE_RATIO = 3;
const MAX_IDLE_SECONDS = 2;

/** Blocks of the first query. */
const INITIAL_SPAN = 16n;
/** The most events per query: its whole answer is held in memory. */
const MAX_EVENTS_PER_QUERY = 1_000;

export interface BackfillOptions {
  readonly side: Side;
  /** The final block up to which events are backfilled; later ones are indexed as they arrive. */
  readonly start: bigint;
  /** The most blocks per query. */
  readonly logRange: bigint;
  readonly history: Pick<History, 'coveredRange' | 'setCoveredRange'>;
  /** Proven events of a range, both ends included. */
  readonly read: (from: bigint, to: bigint) => Promise<readonly TimedEvent[]>;
  /** @returns true if the bridge's first event was among them. */
  readonly index: (events: readonly TimedEvent[]) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
  readonly retrySeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

export interface Backfill {
  /** Reads all blocks since the last run, then older ones down to the bridge's first event. */
  run(): Promise<void>;
  /** Everything up to this block was indexed. */
  advance(block: bigint): void;
  /** Records what was indexed: the next start need not read it. */
  save(): void;
  /**
   * The indexed blocks up to the newest, without a gap; empty (`low` above `high`) at first. A `low` of 0: nothing is older.
   */
  covered(): BlockRange;
}

/**
 * Reads the older events of one chain in block ranges, newest first. Resumes an interrupted run. Slow by design: only
 * displays wait for it.
 */
export function createBackfill(options: BackfillOptions): Backfill {
  const { side, start, logRange, history, read, index, onError, retrySeconds, now, signal } = options;
  let low = start + 1n;
  let high = start;
  let previousRun = history.coveredRange(side);
  let span = INITIAL_SPAN;

  /** Small ranges where blocks are full, the longest allowed ones where they are empty. */
  const adapt = (events: number): void => {
    if (events > MAX_EVENTS_PER_QUERY) span = span > 1n ? span / 2n : 1n;
    else if (events < MAX_EVENTS_PER_QUERY / 4) span *= 2n;
    if (span > logRange) span = logRange;
  };

  /** Until the two ranges meet, the older one stays recorded. */
  const save = (): void => {
    if (previousRun === undefined && low <= high) history.setCoveredRange(side, { low, high });
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
      // Nothing is older than the bridge itself.
      low = (await index(events)) ? 0n : from;
      adapt(events.length);
    }
    save();
  };

  return {
    async run() {
      while (!signal.aborted && low > 0n) {
        const began = now();
        try {
          await step();
        } catch (error) {
          onError(error);
          // The range may have been too large for the node.
          adapt(Infinity);
          await sleep(retrySeconds, signal);
        }
        await sleep(Math.min(IDLE_RATIO * (now() - began), MAX_IDLE_SECONDS), signal);
      }
    },

    advance: (block) => void (high = block),

    save,

    covered: () => ({ low, high }),
  };
}
