import { WebSocket } from 'undici';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';

/**
 * New heads by WebSocket. A head is a hint that a poll is worth its requests now; nothing in it is read, so a node that lies
 * costs a poll.
 */
export interface HeadHints extends Disposable {
  /** Resolves with the next hint, after `seconds`, or when the signal is aborted. A hint since the last call counts. */
  wait(seconds: number, signal: AbortSignal): Promise<'hint' | 'timeout'>;
  /** In seconds, until when a hint can be expected: three intervals after the last one. 0 while there is none. */
  expectedFor(): number;
}

export interface HeadHintOptions {
  /** WebSocket URLs. Credentials in them are sent as an `Authorization` header. */
  readonly urls: readonly string[];
  /** Monotonic seconds. */
  readonly now: () => number;
}

const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;
/** A connection without a head for so long is opened anew: the other end may be gone without a word. */
const LONGEST_SILENCE_SECONDS = 60;
const MISSED_INTERVALS = 3;
const INTERVAL_WEIGHT = 1 / 4;
/** In seconds; nodes of one chain pass on the same head within this. */
const SAME_HEAD_SECONDS = 0.1;

const subscribe = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] });

export function followHeads({ urls, now }: HeadHintOptions): HeadHints {
  const closing = new AbortController();
  let isPending = false;
  let wake: (() => void) | undefined;
  let lastAt: number | undefined;
  let interval: number | undefined;

  const onHead = (): void => {
    const at = now();
    const gap = lastAt === undefined ? undefined : at - lastAt;
    if (gap !== undefined && gap < SAME_HEAD_SECONDS) return;
    if (gap !== undefined) interval = interval === undefined ? gap : interval + INTERVAL_WEIGHT * (gap - interval);
    lastAt = at;
    isPending = true;
    wake?.();
  };
  for (const url of urls) follow(url, onHead, closing.signal);

  return {
    expectedFor: () =>
      lastAt === undefined || interval === undefined ? 0 : Math.max(0, lastAt + MISSED_INTERVALS * interval - now()),

    async wait(seconds, signal) {
      if (!isPending && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            clearTimeout(timer);
            signal.removeEventListener('abort', done);
            wake = undefined;
            resolve();
          };
          const timer = setTimeout(done, seconds * 1_000);
          signal.addEventListener('abort', done, { once: true });
          wake = done;
        });
      }
      const outcome = isPending ? 'hint' : 'timeout';
      isPending = false;
      return outcome;
    },

    [Symbol.dispose]: () => closing.abort(),
  };
}

/** Subscribes to one node's heads, and again after each failure, with growing waits. */
function follow(text: string, onHead: () => void, closed: AbortSignal): void {
  const { url, authorization } = parseEndpointUrl(text);
  let retrySeconds = FIRST_RETRY_SECONDS;
  let timer: NodeJS.Timeout | undefined;
  let socket: WebSocket | undefined;

  const connect = (): void => {
    const current = new WebSocket(url, { headers: authorization === undefined ? {} : { authorization } });
    socket = current;
    let isEnded = false;
    const end = (): void => {
      if (isEnded) return;
      isEnded = true;
      clearTimeout(timer);
      current.close();
      if (closed.aborted) return;
      timer = setTimeout(connect, retrySeconds * 1_000);
      retrySeconds = Math.min(2 * retrySeconds, LONGEST_RETRY_SECONDS);
    };
    const expectHead = (): void => {
      clearTimeout(timer);
      timer = setTimeout(end, LONGEST_SILENCE_SECONDS * 1_000);
    };
    current.addEventListener('open', () => current.send(subscribe));
    current.addEventListener('message', ({ data }) => {
      if (isEnded || !isHead(data)) return;
      retrySeconds = FIRST_RETRY_SECONDS;
      expectHead();
      onHead();
    });
    current.addEventListener('error', end);
    current.addEventListener('close', end);
    expectHead();
  };

  closed.addEventListener('abort', () => {
    clearTimeout(timer);
    socket?.close();
  });
  connect();
}

/** SECURITY: untrusted; only its kind is read. */
function isHead(data: unknown): boolean {
  if (typeof data !== 'string') return false;
  try {
    const message: unknown = JSON.parse(data);
    return (
      typeof message === 'object' && message !== null && 'method' in message && message.method === 'eth_subscription'
    );
  } catch {
    return false;
  }
}
