import { Pool } from 'undici';

import manifest from '../../package.json' with { type: 'json' };
import { type EndpointUrl, parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { messageOf } from '../../protocol/errors.ts';
import { lookupPublic, requirePublicHost } from './allowed-address.ts';
import { signedHeaders } from './signature.ts';

export interface Message {
  /** The same at every attempt; a receiver discards those that it has. */
  readonly id: string;
  readonly body: string;
}

/** The result of one attempt. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /** The receiver asks for no more messages (status 410). */
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'failed';
      /** A status or the error of a connection, never the receiver's words. */
      readonly error: string;
      /** The receiver asks for this pause. */
      readonly retryAfterSeconds: number | undefined;
    };

/** HTTP to one receiver, on connections of its own. */
export interface WebhookClient extends AsyncDisposable {
  /** Makes one attempt. Rejects only when the signal is aborted. */
  post(message: Message, signal: AbortSignal): Promise<Outcome>;
}

export interface WebhookClientOptions {
  readonly url: string;
  readonly secrets: readonly Buffer[];
  readonly allowPrivate: boolean;
  readonly timeoutSeconds: number;
  readonly connections: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Of an answer, which is read to keep its connection and then ignored. In bytes. */
const LARGEST_ANSWER = 16_384;
const LONGEST_RETRY_AFTER_SECONDS = 3_600;

/** Opens no connection yet. */
export function openWebhookClient(options: WebhookClientOptions): WebhookClient {
  const { secrets, allowPrivate, timeoutSeconds, connections, now } = options;
  const endpoint = parseEndpointUrl(options.url);
  const { url, authorization } = endpoint;
  const pool = new Pool(url.origin, {
    ...{ connections, pipelining: 1, allowH2: false, headersTimeout: 0, bodyTimeout: 0 },
    connect: { timeout: timeoutSeconds * 1_000, ...(allowPrivate ? {} : { lookup: lookupPublic }) },
  });

  const send = async ({ id, body }: Message, signal: AbortSignal): Promise<Outcome> => {
    if (!allowPrivate) requirePublicHost(url);
    // Redirects are not followed: they would take an event to a host that is not configured.
    const answer = await pool.request({
      ...{ path: url.pathname + url.search, method: 'POST', body, signal },
      headers: {
        'content-type': 'application/json',
        'user-agent': `pegway/${manifest.version}`,
        ...signedHeaders(secrets, id, Math.floor(now()), body),
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
    // SECURITY: a receiver may answer anything, at any length.
    await answer.body.dump({ limit: LARGEST_ANSWER, signal }).catch(() => undefined);
    const { statusCode: status, headers } = answer;
    if (status >= 200 && status < 300) return { kind: 'delivered' };
    if (status === 410) return { kind: 'gone' };
    return { kind: 'failed', error: `HTTP ${status}`, retryAfterSeconds: secondsIn(headers['retry-after']) };
  };

  return {
    async post(message, signal) {
      const timeout = AbortSignal.timeout(timeoutSeconds * 1_000);
      try {
        return await send(message, AbortSignal.any([signal, timeout]));
      } catch (error) {
        if (signal.aborted) throw error;
        const what = timeout.aborted ? `no answer within ${timeoutSeconds} s` : describe(error, endpoint);
        return { kind: 'failed', error: what, retryAfterSeconds: undefined };
      }
    },
    [Symbol.asyncDispose]: () => pool.destroy(),
  };
}

function describe(error: unknown, { redact }: EndpointUrl): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return redact(messageOf(inner)).slice(0, 200);
}

/** Only seconds: a date would need the receiver's clock. */
function secondsIn(header: string | string[] | undefined): number | undefined {
  const seconds = Number(header);
  return Number.isInteger(seconds) && seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_SECONDS) : undefined;
}
