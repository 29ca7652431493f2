import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

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

async function readAnswer(message: IncomingMessage): Promise<Answer> {
  let text = '';
  message.setEncoding('utf8');
  for await (const chunk of message) {
    text += String(chunk);
    if (text.length > mostBytes) throw new KeyError('the answer is too long');
  }
  const retryAfter = Number(message.headers['retry-after'] ?? '0');
  return { status: message.statusCode ?? 0, retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : 0, text };
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
      hint: 'ca= names the certificate of whoever signed the server’s, client-cert= and client-key= your own',
    });
  }
  return new KeyError(`no connection with ${name}: ${codeOf(error) || messageOf(error)}`, { cause: error });
}

/** HTTP or HTTPS to one server, connections kept open, with client certificates. */
export function httpEndpoint(url: URL, { ca, cert, key, seconds, signal }: HttpOptions): HttpEndpoint {
  const isTls = url.protocol === 'https:';
  const pool = { keepAlive: true, maxSockets: 16 };
  const agent = isTls ? new HttpsAgent({ ...pool, ca, cert, key, minVersion: 'TLSv1.2' }) : new HttpAgent(pool);
  const name = `Web3Signer at ${url.host}`;
  const base = url.pathname.replace(/\/$/, '');

  async function send(method: string, path: string, body: string | undefined, limit: AbortSignal): Promise<Answer> {
    const headers =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options: RequestOptions = { agent, method, headers, signal: limit };
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      const target = new URL(`${base}${path}`, url);
      const request = isTls ? httpsRequest(target, options, resolve) : httpRequest(target, options, resolve);
      // Report an abort as such, not as the socket error that it causes.
      request.on('error', (error) => {
        reject(limit.aborted ? (limit.reason as Error) : error);
      });
      request.end(body);
    });
    return readAnswer(message);
  }

  /** Retries while there is time: a busy server, and a connection that the server closed. Signing twice is harmless. */
  async function ask(method: string, path: string, body?: string): Promise<string> {
    const late = AbortSignal.timeout(seconds * 1000);
    const limit = signal === undefined ? late : AbortSignal.any([late, signal]);
    try {
      for (let attempt = 1; ; attempt++) {
        let answer: Answer;
        try {
          answer = await send(method, path, body, limit);
        } catch (error) {
          if (attempt === 3 || !['ECONNRESET', 'EPIPE'].includes(codeOf(error))) throw error;
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
      agent.destroy();
    },
  };
}
