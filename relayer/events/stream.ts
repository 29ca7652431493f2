import type { EventCursor, StreamedEvent } from '../../protocol/events.ts';
import { parseCursor } from '../../protocol/events.ts';
import { stringify } from '../../protocol/json.ts';
import { type EventFeed, isObstacle } from './event-feed.ts';

export interface StreamOptions {
  /** Absent: from the oldest event that is kept. */
  readonly after: EventCursor | undefined;
  readonly signal: AbortSignal;
  /** Called when the client has taken nothing for `stallSeconds`. */
  readonly onStalled: () => void;
  /** Between comments that keep proxies from closing an idle connection. */
  readonly heartbeatSeconds?: number;
  readonly stallSeconds?: number;
}

/** Events per write: all that is held in memory for one client. */
const EVENTS_PER_WRITE = 50;

/** A function, since the compiler assumes that no flag changes while the loop waits. */
const isEnded = (signal: AbortSignal): boolean => signal.aborted;

const format = (event: StreamedEvent): string => `id: ${event.cursor}\ndata: ${stringify(event)}\n\n`;

/**
 * Server-sent events after a cursor; the id of each is the cursor to continue from. Reads the next events only once the client has
 * taken the ones before, so a slow client costs no memory. Ends with the signal, and when the feed can no longer serve the cursor:
 * the client connects again and receives the reason.
 */
export async function* streamEvents(
  feed: Pick<EventFeed, 'page' | 'next'>,
  options: StreamOptions,
): AsyncGenerator<string> {
  const { signal, onStalled, heartbeatSeconds = 15, stallSeconds = 30 } = options;
  let { after } = options;
  let stall: NodeJS.Timeout | undefined;
  const watch = (): void => {
    stall = setTimeout(onStalled, stallSeconds * 1_000);
    stall.unref();
  };

  try {
    watch();
    yield 'retry: 1000\n\n';
    while (!signal.aborted) {
      clearTimeout(stall);
      const idle = AbortSignal.any([signal, AbortSignal.timeout(heartbeatSeconds * 1_000)]);
      // Before reading, so that no event falls in between.
      const next = feed.next(idle);
      const page = feed.page(after, EVENTS_PER_WRITE);
      if (isObstacle(page)) return;
      after = parseCursor(page.cursor);
      if (page.events.length > 0) {
        watch();
        yield page.events.map(format).join('');
        continue;
      }
      await next;
      if (idle.aborted && !isEnded(signal)) {
        watch();
        yield ': alive\n\n';
      }
    }
  } finally {
    clearTimeout(stall);
  }
}
