import type { EventCursor, StreamedEvent } from '../../protocol/events.ts';
import { parseCursor } from '../../protocol/events.ts';
import { stringify } from '../../protocol/json.ts';
import type { Notice } from '../../protocol/notices.ts';
import { type EventFeed, isObstacle } from './event-feed.ts';

export interface StreamOptions {
  /** Absent: from the oldest event that is kept. */
  readonly after: EventCursor | undefined;
  /** Adds the notices from now on: without an id, so that they move no cursor. */
  readonly withNotices?: boolean;
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

const formatNotice = (notice: Notice): string => `event: notice\ndata: ${stringify(notice)}\n\n`;

/**
 * Server-sent events after a cursor; the id of each is the cursor to continue from. Reads the next events only once the client has
 * taken the ones before, so a slow client costs no memory; it misses notices. Ends with the signal, and when the feed can no longer serve the cursor:
 * the client connects again and receives the reason.
 */
export async function* streamEvents(
  feed: Pick<EventFeed, 'page' | 'next' | 'notices'>,
  options: StreamOptions,
): AsyncGenerator<string> {
  const { signal, onStalled, withNotices = false, heartbeatSeconds = 15, stallSeconds = 30 } = options;
  const takeNotices = withNotices ? feed.notices.reader() : undefined;
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
      const turn = new AbortController();
      const heartbeat = setTimeout(() => turn.abort(), heartbeatSeconds * 1_000).unref();
      const within = AbortSignal.any([signal, turn.signal]);
      // Before reading, so that nothing falls in between.
      const next = [feed.next(within), ...(withNotices ? [feed.notices.next(within)] : [])];
      const page = feed.page(after, EVENTS_PER_WRITE);
      if (isObstacle(page)) return;
      after = parseCursor(page.cursor);
      let text = [...(takeNotices?.() ?? []).map(formatNotice), ...page.events.map(format)].join('');
      if (text === '') {
        await Promise.race(next);
        if (turn.signal.aborted && !isEnded(signal)) text = ': alive\n\n';
      }
      clearTimeout(heartbeat);
      turn.abort();
      if (text === '') continue;
      watch();
      yield text;
    }
  } finally {
    clearTimeout(stall);
  }
}
