import type { Entry, Ledger } from '../state/ledger.ts';
import type { Reason } from '../../protocol/reasons.ts';

/** Entries of a ledger that may have ended meanwhile. */
export type Entries = readonly (Entry | undefined)[];

export const entriesOf = (ledger: Ledger, transfers: readonly { readonly nonce: bigint }[]): Entries =>
  transfers.map(({ nonce }) => ledger.get(nonce));

/** Why transfers are not worked on now, and when their lane is looked at again. */
export interface Holds {
  /** Until so many seconds are over, or the destination's final block reaches `block`. */
  readonly hold: (entries: Entries, reason: Reason, seconds: number, block?: bigint) => void;
  /** Leaves them to a peer, which moves them now, for so many seconds; to each peer once. */
  readonly giveWay: (entries: Entries, peer: number, seconds: number) => void;
  /** Wakes a lane after so many seconds, instead of what was said before. */
  readonly lookAgain: (laneKey: string, seconds: number) => void;
  readonly close: () => void;
}

/** As soon as may be, yet after what is being done now. */
export const AT_ONCE_SECONDS = 0.01;

export function createHolds(options: {
  readonly wake: (laneKey: string) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}): Holds {
  const { wake, now } = options;
  const timers = new Map<string, NodeJS.Timeout>();

  const hold: Holds['hold'] = (entries, reason, seconds, block) => {
    for (const entry of entries) {
      if (entry === undefined) continue;
      entry.hold = { reason, until: now() + seconds, ...(block === undefined ? {} : { block }) };
    }
  };

  return {
    hold,

    giveWay(entries, peer, seconds) {
      for (const entry of entries) {
        // SECURITY: once, or a peer that asks again and again keeps all others from moving it.
        if (entry === undefined || entry.gaveWayTo.has(peer)) continue;
        entry.gaveWayTo.add(peer);
        if (entry.hold === undefined || entry.hold.until < now() + seconds)
          hold([entry], 'waiting-for-inclusion', seconds);
      }
    },

    lookAgain(laneKey, seconds) {
      clearTimeout(timers.get(laneKey));
      const timer = setTimeout(() => {
        timers.delete(laneKey);
        wake(laneKey);
      }, seconds * 1_000);
      timers.set(laneKey, timer);
    },

    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
