/** Decides when to poll a chain next, so that a new block is found soon and few polls are empty. */
export interface AdaptivePoller {
  /**
   * @param at when the last poll began, in monotonic seconds
   * @param blocks number of blocks by which that poll advanced the head
   * @returns when the next poll is due, in monotonic seconds
   */
  next(at: number, blocks: number): number;
}

/** Delay after an empty poll, as a fraction of the interval. */
const RETRY = 1 / 40;
/**
 * Advance of the next poll after each successful one, as a fraction of the interval, and its growth factor while every poll
 * finds a block, so that an error of the interval cannot accumulate. Small once the interval is known.
 */
const LEARNING = { creep: 1 / 1_000, growth: 1.25 };
const KNOWN = { creep: 1 / 4_000, growth: 1.1 };
/** The interval is known after so many measurements in a row that differ from it by less than this fraction. */
const ENOUGH_MEASUREMENTS = 3;
const SMALL_DIFFERENCE = 1 / 200;
/** Number of blocks over which the interval is measured. */
const ENOUGH_BLOCKS = 12;
/** Seconds. */
const SHORTEST_INTERVAL = 0.2;
const LONGEST_INTERVAL = 60;
const LONGEST_WAIT = 4;

/**
 * Learns a chain's block interval and polls just after a block is due. A successful poll does not show the age of its
 * block, so each one makes the next slightly earlier. A short retry follows the first empty poll, and the two together
 * date the block. About one poll in twenty-five is empty, one in ten until the interval is known. Retries for a late block back off.
 */
export function createAdaptivePoller(): AdaptivePoller {
  let interval = 1;
  let alike = 0;
  const pace = () => (alike >= ENOUGH_MEASUREMENTS ? KNOWN : LEARNING);
  let creep = LEARNING.creep;
  let misses = 0;
  let foundAt = Infinity;
  let due = -Infinity;
  /** The last block with a known arrival, and the number of blocks since. */
  let known: { readonly at: number; blocks: number } | undefined;

  const retry = (at: number): number =>
    Math.min(interval * RETRY * 1.5 ** misses, Math.max(interval, at - foundAt) / 8, LONGEST_WAIT);

  /** A block arrived just before `at`, the last of `together` that arrived at once. */
  const learn = (at: number, together: number): void => {
    if (known === undefined) {
      known = { at, blocks: 0 };
      return;
    }
    const measured = ((at - known.at) / known.blocks) * together;
    // Too few samples: jitter dominates.
    if (known.blocks < ENOUGH_BLOCKS && Math.abs(measured / interval - 1) < 1 / 4) return;
    alike = Math.abs(measured / interval - 1) < SMALL_DIFFERENCE ? alike + 1 : 0;
    // The gap after a long halt is no sample of the block interval.
    interval = Math.min(Math.max(Math.min(measured, 2 * interval), SHORTEST_INTERVAL), LONGEST_INTERVAL);
    known = { at, blocks: 0 };
  };

  const found = (at: number, blocks: number): number => {
    if (known !== undefined) known.blocks += blocks;
    if (misses > 0) {
      learn(at, blocks);
      misses = 0;
      creep = pace().creep;
      return at + interval;
    }
    // Several blocks at once, none of them awaited: their arrival is unknown, so date the next one.
    if (blocks > 1) return at + retry(at);
    creep *= pace().growth;
    return at + interval * (1 - creep);
  };

  return {
    next(at, blocks) {
      if (blocks > 0) {
        due = found(at, blocks);
        foundAt = at;
      } else if (at >= due) {
        due = at + retry(at);
        misses++;
      }
      return Math.min(due, at + LONGEST_WAIT);
    },
  };
}
