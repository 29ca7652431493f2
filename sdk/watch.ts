import {
  type EventCursor,
  type EventKind,
  type StreamedEvent,
  advanceCursor,
  comparePositions,
  formatCursor,
  parseCursor,
} from '../protocol/events.ts';
import type { Notice } from '../protocol/notices.ts';
import { RelayerError, askRelayer, decode } from './ask-relayer.ts';
import { pause } from './pace.ts';
import { parseEvent, parseNotice } from './parse-event.ts';

export interface WatchOptions {
  /**
   * Public ports of relayers of one bridge, such as `https://signer.example`, or `https://signer.example/bridges/NAME` of one that
   * serves several. One is followed at a time; the next continues where it ends.
   */
  readonly relayers: readonly string[];
  /** Cursor of the last event that was processed; default: the oldest event that is kept. */
  readonly after?: string | undefined;
  /** Only these kinds; default: all. */
  readonly kinds?: readonly EventKind[] | undefined;
  /**
   * Called with notices of the relayer that is followed: what it signed and audited, while the iteration waits for the next event.
   * They may be missed, and are claims of this relayer about itself. An error that it throws ends the iteration.
   */
  readonly onNotice?: ((notice: Notice, relayer: string) => void) | undefined;
  /** Ends the iteration: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Without an event for so long, the next relayer is followed, since the current one may not read the chains any more. 60 when left
   * out.
   */
  readonly idleSeconds?: number | undefined;
}

/** A stream carries a comment every 15 seconds; without one for this long it is broken. */
const SILENT_SECONDS = 40;
/** Of a failed round over all relayers, doubled with each further one. */
const [SHORTEST_PAUSE, LONGEST_PAUSE] = [0.5, 15];
/** SECURITY: a relayer may send a message without an end. In characters. */
const LARGEST_MESSAGE = 1_024 ** 2;

/**
 * Events of a bridge in final blocks, as they become final. Connects again after a failure, at the next of the relayers, and
 * continues exactly behind the last event: each event once, in the order of its chain, as long as the relayers serve what the chains
 * have. Store `cursor` of an event with its effect, and pass it as `after` at the next start.
 *
 * SECURITY: an event is what one relayer claims. Compare it with a node of your own before money depends on it.
 * @throws {RelayerError} with the reason `events-expired` when no relayer has the events after the cursor any more.
 */
export async function* watch(options: WatchOptions): AsyncGenerator<StreamedEvent, never> {
  const { relayers, kinds, onNotice, signal } = options;
  let cursor = options.after === undefined ? undefined : parseCursor(options.after);
  if (options.after !== undefined && cursor === undefined) throw new TypeError(`not a cursor: ${options.after}`);
  if (relayers.length === 0) throw new TypeError('expected at least one relayer');
  /** Relayers in a row that failed, and those of them that no longer have the events. */
  let failed = 0;
  const expired = new Set<string>();

  for (let turn = 0; ; turn++) {
    const relayer = relayers[turn % relayers.length] ?? '';
    try {
      for await (const message of follow(relayer, cursor, options)) {
        if (!('cursor' in message)) {
          onNotice?.(message, relayer);
          continue;
        }
        const event = message;
        failed = 0;
        expired.clear();
        // Not behind the cursor: sent before.
        if (cursor !== undefined && comparePositions(event, cursor[event.side]) <= 0) continue;
        // Its own, since a relayer's might skip events.
        cursor = cursor === undefined ? parseCursor(event.cursor) : advanceCursor(cursor, event);
        if (cursor !== undefined && (kinds?.includes(event.kind) ?? true)) {
          yield { ...event, cursor: formatCursor(cursor) };
        }
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof RelayerError)) throw error;
      failed += 1;
      if (error.reason === 'events-expired') expired.add(relayer);
      if (expired.size === new Set(relayers).size) throw error;
    }
    const rounds = Math.floor(failed / relayers.length);
    if (rounds > 0 && failed % relayers.length === 0) {
      await pause(Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (rounds - 1)), signal);
    }
  }
}

/** Events and notices of one relayer, until it has no event for long. @throws {RelayerError} when it refuses, fails or ends the stream. */
async function* follow(
  relayer: string,
  after: EventCursor | undefined,
  { signal, onNotice, idleSeconds = 60 }: WatchOptions,
): AsyncGenerator<StreamedEvent | Notice> {
  const ending = new AbortController();
  const idle = new AbortController();
  const within = signal === undefined ? ending.signal : AbortSignal.any([signal, ending.signal]);
  let silence: ReturnType<typeof setTimeout> | undefined;
  let quiet: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(silence);
    silence = setTimeout(
      () => ending.abort(new RelayerError(`nothing from ${new URL(relayer).host} for ${SILENT_SECONDS} s`)),
      SILENT_SECONDS * 1_000,
    );
  };
  const restart = (): void => {
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      idle.abort();
      ending.abort(new RelayerError('no event'));
    }, idleSeconds * 1_000);
  };
  try {
    heard();
    restart();
    const query = new URLSearchParams({
      ...(after === undefined ? {} : { after: formatCursor(after) }),
      ...(onNotice === undefined ? {} : { notices: '1' }),
    });
    const response = await askRelayer(relayer, `/v1/events/stream?${query.toString()}`, {
      accept: 'text/event-stream',
      signal: within,
    });
    for await (const { data, isEvent } of messagesIn(decode(response), heard)) {
      if (!isEvent) {
        const notice = parseNotice(data);
        if (notice !== undefined) yield notice;
        continue;
      }
      restart();
      yield parseEvent(data);
      restart();
    }
    throw new RelayerError(`${new URL(relayer).host} ended the stream`);
  } catch (error) {
    if (idle.signal.aborted) return;
    if (within.aborted) throw within.reason;
    throw error instanceof RelayerError ? error : new RelayerError('the stream broke off', { cause: error });
  } finally {
    clearTimeout(silence);
    clearTimeout(quiet);
    ending.abort();
  }
}

interface Message {
  readonly data: string;
  /** With an id: notices of a relayer have none. */
  readonly isEvent: boolean;
}

/** The server-sent events with data. */
async function* messagesIn(parts: AsyncIterable<string>, onPart: () => void): AsyncGenerator<Message> {
  let text = '';
  for await (const part of parts) {
    onPart();
    text += part;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    if (text.length > LARGEST_MESSAGE) throw new RelayerError('a relayer sent a message without an end');
    for (const message of messages) {
      const lines = message.split('\n');
      const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice('data: '.length));
      if (data.length > 0) yield { data: data.join('\n'), isEvent: lines.some((line) => line.startsWith('id: ')) };
    }
  }
}
