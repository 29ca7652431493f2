import type { Reason } from '../../protocol/reasons.ts';
import type { Entry, Ledger } from '../state/ledger.ts';

/** Entries of a ledger; undefined for a transfer that is settled meanwhile. */
export type Entries = readonly (Entry | undefined)[];

export const entriesOf = (ledger: Ledger, transfers: readonly { readonly nonce: bigint }[]): Entries =>
  transfers.map(({ nonce }) => ledger.get(nonce));

/** Holds transfers back for a reason, and wakes lanes when a hold ends. */
export interface Backoff extends Disposable {
  /** Holds entries for `seconds`, or until the destination's finalized block reaches `block`. */
  hold(entries: Entries, reason: Reason, seconds: number, block?: bigint): void;
  /** Leaves entries for `seconds` to the peer that is moving them; once per peer and entry. */
  yieldTo(entries: Entries, peer: number, seconds: number): void;
  /** Wakes a lane after `seconds`, or earlier if an earlier wake-up is scheduled. */
  wakeLater(laneKey: string, seconds: number): void;
}

/** As soon as possible, but after the work in progress. */
export const SOON_SECONDS = 0.01;

export function createBackoff(options: {
  readonly wake: (laneKey: string) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}): Backoff {
  const { wake, now } = options;
  const timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly at: number }>();

  const hold: Backoff['hold'] = (entries, reason, seconds, block) => {
    for (const entry of entries) {
      if (entry === undefined) continue;
      entry.hold = { reason, until: now() + seconds, ...(block === undefined ? {} : { block }) };
    }
  };

  return {
    hold,

    yieldTo(entries, peer, seconds) {
      for (const entry of entries) {
        // SECURITY: once per peer, or one peer could block all others from moving a transfer by repeated requests.
        if (entry === undefined || entry.yieldedTo.has(peer)) continue;
        entry.yieldedTo.add(peer);
        if (entry.hold === undefined || entry.hold.until < now() + seconds)
          hold([entry], 'waiting-for-inclusion', seconds);
      }
    },

    wakeLater(laneKey, seconds) {
      const at = now() + seconds;
      const planned = timers.get(laneKey);
      // The earliest wins: a longer retry must not postpone one that is due sooner.
      if (planned !== undefined && planned.at <= at) return;
      clearTimeout(planned?.timer);
      const timer = setTimeout(() => {
        timers.delete(laneKey);
        wake(laneKey);
      }, seconds * 1_000);
      timers.set(laneKey, { timer, at });
    },

    [Symbol.dispose]() {
      for (const { timer } of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
