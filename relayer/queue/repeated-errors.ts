import { BoundedMap } from '../../protocol/bounded-map.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { QueueLog } from './queue.ts';

const QUIET_SECONDS = 10;
const KINDS = 64;

/**
 * Logs errors of the queue, alike ones once in ten seconds: a Redis that lost its data fails every job that was fetched,
 * which are hundreds with many bridges, and one line tells as much.
 * @param now Monotonic seconds.
 */
export function createErrorLog(
  log: QueueLog,
  now: () => number = () => performance.now() / 1_000,
): (error: Error) => void {
  /** By the words of the error without its numbers. */
  const told = new BoundedMap<string, { at: number; since: number }>(KINDS);

  return (error) => {
    const words = messageOf(error);
    const kind = words.replace(/\d+/g, 'N');
    const last = told.get(kind) ?? { at: -Infinity, since: 0 };
    told.set(kind, last);
    last.since++;
    if (now() - last.at < QUIET_SECONDS) return;
    log.warn({ error: words, ...(last.since === 1 ? {} : { count: last.since }) }, 'queue error');
    Object.assign(last, { at: now(), since: 0 });
  };
}
