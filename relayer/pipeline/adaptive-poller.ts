/** When to look at a chain next, so that a new final block is seen soon and few looks are for nothing. */
export interface Pace {
  /**
   * @param at when the last look began, in monotonic seconds
   * @param blocks by how many blocks the final head had moved then
   * @returns when the next look is due, in the same seconds
   */
  next(at: number, blocks: number): number;
}

/** After a look that came too early; a share of the interval. */
const RETRY = 1 / 40;
/** By how much each look that found a block makes the next one earlier; a share of the interval. */
const CREEP = 1 / 1_000;
/** Grows while every look finds its block, so that a wrong interval cannot run away from the blocks. */
const CREEP_GROWTH = 1.25;
/** Over so many blocks an interval is measured well enough. */
const ENOUGH_BLOCKS = 12;
/** Seconds. */
const SHORTEST_INTERVAL = 0.2;
const LONGEST_INTERVAL = 60;
const LONGEST_WAIT = 4;

/**
 * Learns a chain's rhythm, and looks just after a block is due. A look that finds its block does not tell how long it had been
 * there, so each makes the next a little earlier; the first that comes too early is soon followed by another, and from the two
 * it is known when the block came. So about one look in ten is for nothing, whatever a block's delay varies by. A block
 * that is late is awaited ever more patiently.
 */
export function createPace(): Pace {
  let interval = 1;
  let creep = CREEP;
  let misses = 0;
  let foundAt = Infinity;
  let due = -Infinity;
  /** The last block of which it is known when it came, and how many came since. */
  let known: { readonly at: number; blocks: number } | undefined;

  const retry = (at: number): number =>
    Math.min(interval * RETRY * 1.5 ** misses, Math.max(interval, at - foundAt) / 8, LONGEST_WAIT);

  /** A block came just before `at`, the last of some that came together. */
  const learn = (at: number, together: number): void => {
    if (known === undefined) {
      known = { at, blocks: 0 };
      return;
    }
    const measured = ((at - known.at) / known.blocks) * together;
    // Over few blocks their delays are most of what is measured.
    if (known.blocks < ENOUGH_BLOCKS && Math.abs(measured / interval - 1) < 1 / 4) return;
    // A chain that stood for long says nothing of its rhythm.
    interval = Math.min(Math.max(Math.min(measured, 2 * interval), SHORTEST_INTERVAL), LONGEST_INTERVAL);
    known = { at, blocks: 0 };
  };

  const found = (at: number, blocks: number): number => {
    if (known !== undefined) known.blocks += blocks;
    if (misses > 0) {
      learn(at, blocks);
      misses = 0;
      creep = CREEP;
      return at + interval;
    }
    // Several at once, and the first was not waited for: it is not known when they came, so the next is.
    if (blocks > 1) return at + retry(at);
    creep *= CREEP_GROWTH;
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
