import type { LaneView, StatusView } from '../../protocol/api-types.ts';
import type { Lane } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { stoppedDirections } from '../monitoring/peer-tracker.ts';
import type { StatusQuery } from '../peers/routes.ts';
import type { Ledger } from '../state/ledger.ts';

/** A page of the lanes of a status, and what holds over all of them. */
export function lanesPage(
  ledgers: readonly Ledger[],
  { lanes: limit, lanesFrom: from }: StatusQuery,
  {
    obstacle,
    now,
  }: {
    readonly obstacle: (lane: Lane) => Reason | undefined;
    /** Monotonic seconds. */
    readonly now: () => number;
  },
): Pick<StatusView, 'lanes' | 'nextLanes' | 'stopped'> {
  // Lanes are only ever appended, so that a place stays the same between two pages.
  const end = from + limit;
  return {
    lanes: ledgers.slice(from, end).map((ledger) => laneView(ledger, obstacle(ledger.lane), now())),
    nextLanes: end < ledgers.length ? end : undefined,
    stopped: stoppedDirections(ledgers.map(({ lane }) => ({ ...lane, reason: obstacle(lane) }))),
  };
}

function laneView(ledger: Ledger, reason: Reason | undefined, now: number): LaneView {
  const entries = ledger.entries();
  const parked = entries.filter((entry) => entry.parked).length;
  return {
    ...ledger.lane,
    nextNonce: ledger.nextNonce,
    open: entries.length - parked,
    parked,
    oldestSeconds: entries[0] === undefined ? undefined : Math.round(now - entries[0].readyAt),
    reason,
  };
}
