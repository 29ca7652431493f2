import { STATUS_CODES } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

import { type Dispatcher, Pool } from 'undici';

import type { EndpointUrl } from '../../protocol/endpoint-url.ts';
import type { ResponseFacts } from '../../protocol/failure-words.ts';

export interface HttpResponse extends ResponseFacts {
  readonly retryAfterSeconds: number | undefined;
}

/** The answer is longer than this client reads. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Reads a body that may be too large for memory, or for a string. */
export interface BodySink {
  write(chunk: Uint8Array): void;
  /** The rest of the body, as text. */
  frame(): string;
}

export interface HttpClient {
  /**
   * Posts JSON. Redirects are not followed: they would take requests, and credentials, to a host that is not configured.
   * `exchange` aborts the request; it is aborted by a timeout, too. `sink` reads the body of a success in pieces.
   * @throws {BodyTooLargeError} or whatever the connection or `sink` failed with.
   */
  post(body: string, exchange: AbortController, sink?: BodySink): Promise<HttpResponse>;
  /** Ends all connections; requests in flight fail. */
  close(): Promise<void>;
}

const MEBIBYTE = 1_024 ** 2;
/** In bytes, decompressed: 4 times the receipts of a block of 400 million gas filled with empty logs. */
const LARGEST_STREAM = 2 * 1_024 ** 3;

/** Connections of one endpoint. A batch takes one; more than this only wait for one another at the node. */
const CONNECTIONS = 4;

export function openHttpClient(options: {
  readonly endpoint: EndpointUrl;
  /**
   * For the response's headers, waiting for a connection included; and once more for its body, or for each MiB of a body
   * that is read in pieces.
   */
  readonly timeoutSeconds: number;
  /** In bytes, decompressed. */
  readonly largestBody: number;
  /** After each response; bytes as they travelled. */
  readonly onResponse: (bytes: number) => void;
}): HttpClient {
  const { endpoint, timeoutSeconds, largestBody, onResponse } = options;
  const { url, authorization } = endpoint;
  const pool = new Pool(url.origin, {
    connections: CONNECTIONS,
    allowH2: false,
    connectTimeout: timeoutSeconds * 1_000,
    // Undici's own timers start with the connection and are coarse; those below cover the whole exchange.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const request: Dispatcher.RequestOptions = {
    path: url.pathname + url.search,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      'accept-encoding': 'gzip',
      ...(authorization === undefined ? {} : { authorization }),
    },
  };

  return {
    async post(body, exchange, sink) {
      const limit = (what: string) =>
        setTimeout(() => exchange.abort(new Error(`no ${what} within ${timeoutSeconds} s`)), timeoutSeconds * 1_000);
      let timer = limit('response');
      try {
        const response = await pool.request({ ...request, body, signal: exchange.signal });
        clearTimeout(timer);
        timer = limit('complete body');
        const { statusCode: status, headers } = response;
        const renew = (): void => {
          clearTimeout(timer);
          timer = limit('further MiB');
        };
        const isStream = sink !== undefined && status >= 200 && status < 300;
        return {
          status,
          statusText: STATUS_CODES[status] ?? '',
          location: single(headers['location']),
          retryAfterSeconds: secondsOf(single(headers['retry-after'])),
          body: await readBody(response, isStream ? streamed(sink, renew) : collected(largestBody), onResponse),
        };
      } catch (error) {
        // A body that is cut off by an abort fails with the stream's words, not with the reason.
        throw exchange.signal.aborted ? exchange.signal.reason : error;
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.destroy(),
  };
}

/** Consumes the decompressed body, and returns its text or what is left of it. */
type BodyReader = (source: AsyncIterable<Buffer>) => Promise<string>;

const collected =
  (largest: number): BodyReader =>
  async (source) => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of source) {
      length += chunk.length;
      if (length > largest) throw new BodyTooLargeError(`the response is longer than ${largest} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  };

const streamed =
  (sink: BodySink, renew: () => void): BodyReader =>
  async (source) => {
    let length = 0;
    for await (const chunk of source) {
      const before = Math.floor(length / MEBIBYTE);
      length += chunk.length;
      if (length > LARGEST_STREAM) throw new BodyTooLargeError(`the response is longer than ${LARGEST_STREAM} bytes`);
      if (Math.floor(length / MEBIBYTE) > before) renew();
      sink.write(chunk);
    }
    return sink.frame();
  };

async function readBody(
  { body, headers }: Dispatcher.ResponseData,
  read: BodyReader,
  onResponse: (bytes: number) => void,
): Promise<string> {
  if (single(headers['content-encoding']) === 'gzip') return readCompressed(body, read, onResponse);
  // A small response would cost half as much again in the streams of a pipeline. A reader that fails leaves its loop, which
  // destroys the body.
  let received = 0;
  async function* counted(): AsyncIterable<Buffer> {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      yield chunk;
    }
  }
  try {
    return await read(counted());
  } finally {
    onResponse(received);
  }
}

async function readCompressed(
  body: Dispatcher.ResponseData['body'],
  read: BodyReader,
  onResponse: (bytes: number) => void,
): Promise<string> {
  let received = 0;
  let text = '';
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, counter, createGunzip(), async (source: AsyncIterable<Buffer>) => {
      text = await read(source);
    });
  } finally {
    onResponse(received);
  }
  return text;
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Seconds or a date, RFC 9110 section 10.2.3. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}
