import { setTimeout as sleep } from 'node:timers/promises';

import { type Dispatcher, Pool } from 'undici';

import { messageOf } from '../../protocol/errors.ts';
import { KeyError } from './key-error.ts';

export interface HttpOptions {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** Per answer, retries included. */
  readonly seconds: number;
  readonly signal: AbortSignal | undefined;
}

export interface HttpEndpoint {
  /** The name in errors. */
  readonly name: string;
  get(path: string): Promise<string>;
  post(path: string, body: string): Promise<string>;
  close(): void;
}

interface Answer {
  readonly status: number;
  readonly retryAfterSeconds: number;
  readonly text: string;
}

/** Longer answers are not Web3Signer's. Its list of keys has 130 characters a key. */
const mostBytes = 2 ** 20;

const isBusy = ({ status }: Answer): boolean => status === 429 || status === 503;

async function readAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) throw new KeyError('the answer is too long');
    chunks.push(chunk);
  }
  const retryAfter = Number(headers['retry-after'] ?? '0');
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : 0;
  return { status, retryAfterSeconds, text: Buffer.concat(chunks).toString() };
}

function explain({ status }: Answer, name: string): KeyError {
  switch (status) {
    case 401:
    case 403:
      return new KeyError(`${name} refuses this client (status ${status})`, {
        hint: 'is its certificate in the known clients?',
      });
    case 404:
      return new KeyError(`${name} does not have the key (status 404)`, { hint: 'was it unloaded?' });
    case 429:
    case 503:
      return new KeyError(`${name} is overloaded (status ${status})`, { code: 'throttled' });
    default:
      return new KeyError(`${name} answered with status ${status}`);
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

function explainFailure(error: unknown, name: string, seconds: number): KeyError {
  if (error instanceof KeyError) return error;
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new KeyError(`${name} has not answered for ${seconds} seconds`, { code: 'timeout' });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(codeOf(error))) {
    return new KeyError(`no TLS with ${name}: ${messageOf(error)}`, {
      cause: error,
      hint: 'ca= names the certificate that issued the server’s, client-cert= and client-key= your own',
    });
  }
  return new KeyError(`no connection with ${name}: ${codeOf(error) || messageOf(error)}`, { cause: error });
}

/** HTTP or HTTPS to one server, connections kept open, with client certificates. */
export function httpEndpoint(url: URL, { ca, cert, key, seconds, signal }: HttpOptions): HttpEndpoint {
  const pool = new Pool(url.origin, {
    ...{ connections: 16, allowH2: false, connectTimeout: seconds * 1_000 },
    // `ask` limits the whole exchange, repeated attempts included.
    ...{ headersTimeout: 0, bodyTimeout: 0 },
    connect: {
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  });
  const name = `Web3Signer at ${url.host}`;
  const base = url.pathname.replace(/\/$/, '');

  async function send(
    method: 'GET' | 'POST',
    path: string,
    body: string | undefined,
    limit: AbortSignal,
  ): Promise<Answer> {
    const content = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
    return readAnswer(await pool.request({ method, path: base + path, signal: limit, ...content }));
  }

  /** Retries while there is time: a busy server, and a connection that the server closed. Signing twice is harmless. */
  async function ask(method: 'GET' | 'POST', path: string, body?: string): Promise<string> {
    const late = AbortSignal.timeout(seconds * 1000);
    const limit = signal === undefined ? late : AbortSignal.any([late, signal]);
    try {
      for (let attempt = 1; ; attempt++) {
        let answer: Answer;
        try {
          answer = await send(method, path, body, limit);
        } catch (error) {
          if (attempt === 3 || !['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error))) throw error;
          continue;
        }
        if (answer.status === 200) return answer.text;
        if (attempt === 3 || !isBusy(answer)) throw explain(answer, name);
        const pause = Math.max(answer.retryAfterSeconds, 0.1 * 2 ** attempt);
        // A longer wait would only turn "overloaded" into "no answer".
        if (pause > seconds / 2) throw explain(answer, name);
        await sleep(pause * 1000, undefined, { signal: limit });
      }
    } catch (error) {
      throw explainFailure(late.aborted ? late.reason : error, name, seconds);
    }
  }

  return {
    name,
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    close: () => {
      void pool.destroy();
    },
  };
}
