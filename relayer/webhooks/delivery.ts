import type { Address } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import { type EventCursor, type EventKind, type EventView, parseCursor } from '../../protocol/events.ts';
import { stringify } from '../../protocol/json.ts';
import { type EventFeed, isObstacle } from '../events/event-feed.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Undelivered, WebhookStore } from '../store/webhook-store.ts';
import type { Outcome, WebhookClient } from './client.ts';
import { pauseAfter } from './schedule.ts';

/*
 * Deliveries of one webhook. New events are taken from the feed in order and sent concurrently; one that fails is recorded with
 * the time of its next attempt. The stored cursor passes an event only once it was acknowledged or recorded, so a process that is
 * killed sends some events again and none too few.
 */

/** New events, and repeated ones, that are sent at the same time. */
const [NEW_AT_ONCE, REPEATED_AT_ONCE] = [64, 8];
export const CONNECTIONS = NEW_AT_ONCE + REPEATED_AT_ONCE;
/** Events taken from the feed, beginning with the oldest that is still being sent. */
const MOST_TAKEN = 256;
/** With so many undelivered events, no further ones are taken: a receiver that is down keeps its place instead of a list. */
export const MOST_PENDING = 1_000;
/** Pages of filtered events in a row, so that other work gets its turn. */
const PAGES_PER_ROUND = 8;
/** The records are read this often: commands change them, and attempts fall due. */
const POLL_SECONDS = 1;
/** Pause before an event is looked for again while older blocks are being read. */
const INCOMPLETE_SECONDS = 60;
/** The cursor is written at most this often. A write is cheap, not free. */
const SAVE_MILLISECONDS = 100;

export interface DeliveryOptions {
  readonly name: string;
  /** Undefined: all. */
  readonly kinds: readonly EventKind[] | undefined;
  /** Undefined: all. Otherwise only events of these pegs. */
  readonly productTokens: readonly Address[] | undefined;
  /** Where to begin without a stored cursor; undefined: at the oldest event. */
  readonly after: EventCursor | undefined;
  readonly feed: Pick<EventFeed, 'page' | 'next' | 'find'>;
  readonly store: WebhookStore;
  readonly client: Pick<WebhookClient, 'post'>;
  /** True while this process may send for its signer. */
  readonly isLeaseHeld: () => boolean;
  readonly metrics: Pick<Metrics, 'webhookDeliveries' | 'webhookSeconds'>;
  readonly log: { warn(fields: object, message: string): void };
  readonly signal: AbortSignal;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

export interface Delivery {
  /** One round of its loop. @returns the seconds to wait. @throws when the records cannot be written. */
  round(): Promise<number>;
  /** Resolves when no attempt is in flight, with the cursor stored. */
  ended(): Promise<void>;
  /** Age of the oldest event that is neither acknowledged nor a dead letter, in seconds; 0 without one. */
  oldestSeconds(): number;
}

interface Taken {
  readonly cursor: string;
  isSettled: boolean;
}

/** The message of an event (Standard Webhooks: type, timestamp, data). */
export const bodyOf = (event: EventView, cursor: string): string =>
  stringify({
    type: event.kind,
    timestamp: new Date(Number(event.timestamp) * 1_000).toISOString(),
    data: { ...event, cursor },
  });

export function createDelivery(options: DeliveryOptions): Delivery {
  const { name, kinds, productTokens, feed, store, client, isLeaseHeld, metrics, log, signal, now } = options;
  /** Oldest first. */
  let taken: Taken[] = [];
  let cursor: EventCursor | undefined;
  let acknowledged: string | undefined;
  let savedAt = 0;
  let isOpen = false;
  const attempting = new Map<string, Promise<void>>();
  const repeating = new Set<string>();
  /** As last read from the records, and changed here since. */
  let records = { polledAt: -Infinity, isDisabled: false, pending: 0, isMoreDue: false };
  /** A failed write of the records: everything is read again from them. */
  let failure: Error | undefined;
  let wake = new AbortController();

  const isWanted = ({ kind, productToken }: EventView): boolean =>
    (kinds?.includes(kind) ?? true) &&
    (productTokens === undefined || (productToken !== undefined && productTokens.includes(productToken)));

  /** Records the end of an attempt. */
  const settle = (event: Omit<Undelivered, 'nextAt' | 'error'>, outcome: Outcome): void => {
    if (outcome.kind === 'delivered') {
      if (repeating.has(event.id)) {
        store.remove(name, event.id);
        records.pending -= 1;
      } else metrics.webhookSeconds.observe(now() - event.since);
      return metrics.webhookDeliveries.inc({ webhook: name, outcome: 'delivered' });
    }
    metrics.webhookDeliveries.inc({ webhook: name, outcome: 'failed' });
    if (!repeating.has(event.id)) records.pending += 1;
    if (outcome.kind === 'gone') {
      // Not an attempt: the event is due once the webhook is enabled.
      store.put(name, { ...event, nextAt: now(), error: 'HTTP 410' });
      store.disable(name, 'the receiver answered 410 (Gone)');
      records.isDisabled = true;
      return log.warn({ webhook: name }, 'webhook disabled: its receiver answered 410');
    }
    const attempts = event.attempts + 1;
    const pause = pauseAfter(attempts, outcome.retryAfterSeconds);
    const nextAt = pause === undefined ? undefined : now() + pause;
    store.put(name, { ...event, attempts, nextAt, error: outcome.error });
    if (nextAt !== undefined) return;
    records.pending -= 1;
    log.warn({ webhook: name, event: event.id, error: outcome.error }, 'webhook dead letter');
  };

  const attempt = (view: EventView, event: Omit<Undelivered, 'nextAt' | 'error'>, onSettled: () => void): void => {
    const work = async (): Promise<void> => {
      try {
        const outcome = await client.post({ id: event.id, body: bodyOf(view, event.cursor) }, signal);
        settle(event, outcome);
        onSettled();
      } catch (error) {
        // An attempt that was cut off by the end of the process counts for nothing.
        if (!signal.aborted) failure = new Error(messageOf(error), { cause: error });
      } finally {
        attempting.delete(event.id);
        repeating.delete(event.id);
        wake.abort();
      }
    };
    attempting.set(event.id, work());
  };

  const repeatDue = (): void => {
    const at = now();
    const due = store.due(name, at, REPEATED_AT_ONCE);
    records.isMoreDue = due.length === REPEATED_AT_ONCE;
    for (const event of due) {
      if (attempting.has(event.id)) continue;
      const found = feed.find(event.id);
      if (found === undefined) {
        store.put(name, { ...event, nextAt: undefined, error: 'the event is no longer kept (history.keepDays)' });
      } else if (isObstacle(found)) {
        store.put(name, { ...event, nextAt: at + INCOMPLETE_SECONDS });
      } else {
        repeating.add(event.id);
        attempt(found, event, () => undefined);
      }
    }
  };

  /** @returns true when more may be taken at once. */
  const takeNew = (): boolean => {
    for (let pages = 0; pages < PAGES_PER_ROUND; pages++) {
      const room = Math.min(NEW_AT_ONCE - (attempting.size - repeating.size), MOST_TAKEN - taken.length);
      if (room <= 0 || records.pending >= MOST_PENDING) return false;
      const page = feed.page(cursor, room);
      if (isObstacle(page)) {
        if (page.kind !== 'expired') return false;
        log.warn({ webhook: name, oldest: page.oldest }, 'webhook skips events that are no longer kept');
        cursor = parseCursor(page.oldest);
        continue;
      }
      for (const event of page.events) {
        const entry: Taken = { cursor: event.cursor, isSettled: !isWanted(event) };
        taken.push(entry);
        if (entry.isSettled) continue;
        const { cursor: own, ...view } = event;
        attempt(view, { id: event.id, cursor: own, attempts: 0, since: now() }, () => (entry.isSettled = true));
      }
      cursor = parseCursor(page.cursor);
      if (!page.more) return false;
    }
    return true;
  };

  const advance = (): void => {
    while (taken[0]?.isSettled === true) acknowledged = taken.shift()?.cursor;
  };

  const save = (): void => {
    advance();
    if (acknowledged === undefined) return;
    store.setCursor(name, acknowledged);
    acknowledged = undefined;
    savedAt = performance.now();
  };

  const open = (): void => {
    const stored = store.cursor(name);
    cursor = stored === undefined ? options.after : parseCursor(stored);
    [taken, acknowledged, failure, isOpen] = [[], undefined, undefined, true];
  };

  return {
    async round() {
      if (failure !== undefined) {
        const error = failure;
        await Promise.all(attempting.values());
        [failure, isOpen] = [undefined, false];
        throw error;
      }
      // A clock that was set back must not stop it.
      const isPolled = Math.abs(now() - records.polledAt) < POLL_SECONDS;
      if (!isPolled) {
        const isDisabled = store.disabled(name) !== undefined;
        records = { polledAt: now(), isDisabled, pending: store.pending(name), isMoreDue: false };
      }
      if (!isLeaseHeld() || records.isDisabled) {
        if (isOpen) save();
        return POLL_SECONDS;
      }
      if (!isOpen) open();

      wake = new AbortController();
      // Before reading, so that no event falls in between.
      const idle = AbortSignal.any([signal, wake.signal, AbortSignal.timeout(POLL_SECONDS * 1_000)]);
      const next = feed.next(idle);
      if (!isPolled || (records.isMoreDue && repeating.size < REPEATED_AT_ONCE)) repeatDue();
      if (takeNew()) wake.abort();
      advance();
      if (performance.now() - savedAt > SAVE_MILLISECONDS) save();
      await next;
      return 0;
    },

    async ended() {
      await Promise.all(attempting.values());
      try {
        if (isOpen && failure === undefined) save();
      } catch (error) {
        log.warn(
          { webhook: name, error: messageOf(error) },
          'webhook cursor not stored: its last events are sent again',
        );
      }
    },

    oldestSeconds() {
      const { oldest } = store.counts(name);
      return oldest === undefined ? 0 : Math.max(0, now() - oldest);
    },
  };
}
