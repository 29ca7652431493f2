import {
  type EventCursor,
  type EventPosition,
  type EventView,
  type EventsView,
  type StreamedEvent,
  advanceCursor,
  beforeBlock,
  comparePositions,
  eventsOf,
  formatCursor,
  parseEventId,
} from '../../protocol/events.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { createWaiters } from '../async/waiters.ts';
import type { EventStore } from '../store/event-store.ts';
import type { BlockRange } from '../store/history.ts';
import type { Notices } from './notices.ts';

/** Why no events can be served after a cursor. */
export type EventsObstacle =
  /** Blocks after the cursor have not been read yet. `blocks`: the contiguous part that was. */
  | { readonly kind: 'incomplete'; readonly blocks: Readonly<Record<Side, BlockRange>> }
  /** Events after the cursor were deleted; `oldest` is the first cursor that is still served. */
  | { readonly kind: 'expired'; readonly oldest: string }
  /** A finalized block was reorged: positions above it mean nothing. */
  | { readonly kind: 'reversed' };

/** The events of one bridge in final blocks, in the order of each chain. */
export interface EventFeed {
  /** Events after a cursor; from the oldest that is kept, without one. */
  page(after: EventCursor | undefined, limit: number): EventsView | EventsObstacle;
  /** The event with this id; undefined when there is none, or it is no longer kept. */
  find(id: string): EventView | undefined | EventsObstacle;
  /** Resolves at the next event, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
  /** Wakes all that wait. */
  notify(): void;
  /** Of this relayer alone, for streams that ask for them. */
  readonly notices: Pick<Notices, 'reader' | 'next'>;
  /** Aborted when the bridge is closed. */
  readonly ended: AbortSignal;
}

export interface EventFeedOptions {
  readonly store: Pick<EventStore, 'after' | 'keptFrom'>;
  readonly chainIds: Readonly<Record<Side, number>>;
  /** The blocks of one chain that were read without a gap, up to the newest; `low` is 0 when nothing is older. */
  readonly covered: (side: Side) => BlockRange;
  readonly isReversed: () => boolean;
  readonly notices: Notices;
  readonly ended: AbortSignal;
}

const obstacles: ReadonlySet<string> = new Set<EventsObstacle['kind']>(['incomplete', 'expired', 'reversed']);

export const isObstacle = (found: EventsView | EventView | EventsObstacle): found is EventsObstacle =>
  'kind' in found && obstacles.has(found.kind);

export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { store, chainIds, covered, isReversed, notices, ended } = options;
  const waiters = createWaiters();

  /** Events of one chain after a position. */
  const read = (side: Side, position: EventPosition, until: bigint, limit: number): EventView[] => {
    // One log more: the first may be the position's own, with nothing left.
    const logs = store.after(side, position, until, limit + 1);
    const events = logs.flatMap(({ log, timestamp }) => eventsOf({ side, chainId: chainIds[side], log, timestamp }));
    return events.filter((event) => comparePositions(event, position) > 0).slice(0, limit);
  };

  const oldest = (): EventCursor => ({
    main: beforeBlock(store.keptFrom('main')),
    product: beforeBlock(store.keptFrom('product')),
  });

  return {
    ...{ notices, ended },

    page(after, limit) {
      if (isReversed()) return { kind: 'reversed' };
      const from = after ?? oldest();
      const blocks = { main: covered('main'), product: covered('product') };
      if (sides.some((side) => comparePositions(from[side], oldest()[side]) < 0)) {
        return { kind: 'expired', oldest: formatCursor(oldest()) };
      }
      if (sides.some((side) => comparePositions(from[side], beforeBlock(blocks[side].low)) < 0)) {
        return { kind: 'incomplete', blocks };
      }
      const [main, product] = sides.map((side) => read(side, from[side], blocks[side].high, limit + 1));
      const merged = merge(main ?? [], product ?? []);
      let cursor = from;
      const events = merged.slice(0, limit).map((event): StreamedEvent => {
        cursor = advanceCursor(cursor, event);
        return { ...event, cursor: formatCursor(cursor) };
      });
      return { events, cursor: formatCursor(cursor), more: merged.length > limit };
    },

    find(id) {
      if (isReversed()) return { kind: 'reversed' };
      const place = parseEventId(id);
      const side = sides.find((one) => chainIds[one] === place?.chainId);
      if (place === undefined || side === undefined) return undefined;
      const { block, log } = place;
      const [found] = store.after(side, { block, log, item: 0 }, block, 1);
      if (found !== undefined && Number(found.log.logIndex) === log) {
        return eventsOf({ side, chainId: place.chainId, ...found }).find((event) => event.id === id);
      }
      const blocks = { main: covered('main'), product: covered('product') };
      const isRead = block >= blocks[side].low && block <= blocks[side].high;
      return isRead || block < store.keptFrom(side) ? undefined : { kind: 'incomplete', blocks };
    },

    next: (signal) => waiters.next(signal),
    notify: () => waiters.wake(),
  };
}

/** Keeps the order of each chain; between the chains, the older block first. */
function merge(main: readonly EventView[], product: readonly EventView[]): EventView[] {
  const merged: EventView[] = [];
  let [m, p] = [0, 0];
  while (m < main.length || p < product.length) {
    const [one, other] = [main[m], product[p]];
    if (one !== undefined && (other === undefined || one.timestamp <= other.timestamp)) {
      merged.push(one);
      m += 1;
    } else if (other !== undefined) {
      merged.push(other);
      p += 1;
    }
  }
  return merged;
}
