import { Agent, type Dispatcher } from 'undici';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';

export interface PeerRequest {
  /** Of a relayer's public port. A path in it is kept, credentials in it are sent as an `Authorization` header. */
  readonly url: string;
  /** Below the URL's own path, with a leading slash. */
  readonly path: string;
  /** Posted as JSON; a GET without it. */
  readonly body?: object;
  /** Includes the caller's timeout. */
  readonly signal: AbortSignal;
  /** In bytes; a longer answer is not read. */
  readonly largestAnswer: number;
}

export interface PeerResponse {
  readonly status: number;
  readonly body: string;
}

/** HTTP to the public ports of relayers. Disposed, it ends its connections, and requests in flight fail. */
export interface PeerClient extends AsyncDisposable {
  /**
   * Redirects are not followed: they would take a request, and credentials, to a host that is not configured.
   * @throws {RangeError} when the answer is too long; else whatever the connection failed with, or the signal's reason.
   */
  request(request: PeerRequest): Promise<PeerResponse>;
}

/** A relayer's URL without credentials and query, for people and logs. */
export function printableUrl(text: string): string {
  const { origin, pathname } = parseEndpointUrl(text).url;
  return origin + pathname.replace(/\/$/, '');
}

/** Longer than the pause between heartbeats, so that a connection is there when a batch needs signatures. */
const KEEP_ALIVE_SECONDS = 30;
/** A server may close a kept connection at the moment in which a request is sent on it. All requests here are idempotent. */
const CLOSED_BY_SERVER = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

/** Opens no connection yet. One per process: connections to a peer are shared by all that ask it. */
export function openPeerClient(): PeerClient {
  const agent = new Agent({
    ...{ allowH2: false, keepAliveTimeout: KEEP_ALIVE_SECONDS * 1_000 },
    // The caller's signal limits the whole exchange; undici's own timers would end only parts of it.
    ...{ headersTimeout: 0, bodyTimeout: 0 },
  });

  async function send({ url: text, path, body, signal, largestAnswer }: PeerRequest): Promise<PeerResponse> {
    const { url, authorization } = parseEndpointUrl(text);
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname.replace(/\/$/, '') + path,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(authorization === undefined ? {} : { authorization }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    });
    return { status: response.statusCode, body: await readBounded(response, largestAnswer) };
  }

  return {
    async request(request) {
      try {
        return await send(request);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (request.signal.aborted || !CLOSED_BY_SERVER.includes(code ?? '')) throw error;
        return send(request);
      }
    },
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

/** SECURITY: a peer may answer anything, at any length. */
async function readBounded({ body }: Dispatcher.ResponseData, largest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop early destroys the body, and with it the connection.
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > largest) throw new RangeError(`the answer is longer than ${largest} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
