import { createHmac, timingSafeEqual } from 'node:crypto';

import type { FastifyReply, FastifyRequest } from 'fastify';
import { Agent } from 'undici';

import { PegwayError } from '../../protocol/errors.ts';

/*
 * Passes a request on to the process of this signer that works for its bridge. A request is passed on once. It carries the address
 * of its sender, so that the budgets of callers hold across processes, and a code that only the signer's processes can make.
 */
export interface Forwarder extends AsyncDisposable {
  /**
   * True for a request that another process passed on; from then on `request.ip` is the address of its sender.
   * @throws 403 when it only claims to be one.
   */
  accept(request: FastifyRequest): boolean;
  /** @param url Base URL of the process that is to answer. */
  forward(request: FastifyRequest, reply: FastifyReply, url: string): Promise<FastifyReply>;
  /** The answer of another process to a GET, as JSON. Rejects when it does not answer in time. */
  get(url: string, path: string): Promise<unknown>;
}

/** Address of the sender, and the HMAC over it. */
const HEADERS = { sender: 'pegway-sender', mac: 'pegway-forwarded' } as const;
/** Of an answer, besides its body. */
const PASSED_ON = ['content-type', 'cache-control', 'retry-after', 'x-accel-buffering'];
const ANSWER_MS = 10_000;
const LIST_MS = 2_000;
/** Of a list of bridges. */
const LARGEST_BYTES = 8_388_608;

/** @param secret Shared by the processes of the signer; undefined until it is known. */
export function createForwarder(secret: () => string | undefined): Forwarder {
  // A stream of events has no end: only its beginning has a deadline.
  const agent = new Agent({ allowH2: false, headersTimeout: ANSWER_MS, bodyTimeout: 0, connect: { timeout: LIST_MS } });
  const codeOf = (sender: string, method: string, path: string): string | undefined => {
    const key = secret();
    return key === undefined || key === ''
      ? undefined
      : createHmac('sha256', key).update(`${sender} ${method} ${path}`).digest('hex');
  };
  const send = async (method: 'GET' | 'POST', url: string, path: string, sender: string, more: object) => {
    const code = codeOf(sender, method, path);
    if (code === undefined) throw new PegwayError('the secret of the processes is not known yet');
    const { origin, pathname } = new URL(url);
    return agent.request({
      ...{ origin, path: pathname.replace(/\/$/, '') + path, method, ...more },
      headers: {
        ...{ accept: '*/*', [HEADERS.sender]: sender, [HEADERS.mac]: code },
        ...('body' in more ? { 'content-type': 'application/json' } : {}),
        ...('headers' in more ? (more.headers as Record<string, string>) : {}),
      },
    });
  };

  return {
    accept(request) {
      const { [HEADERS.mac]: code, [HEADERS.sender]: sender } = request.headers;
      if (code === undefined && sender === undefined) return false;
      const expected = typeof sender === 'string' ? codeOf(sender, request.method, request.url) : undefined;
      const isGenuine =
        typeof code === 'string' &&
        code.length === expected?.length &&
        timingSafeEqual(Buffer.from(code), Buffer.from(expected));
      if (!isGenuine) throw httpError(403, 'bad-request', 'not forwarded by a process of this signer');
      Object.defineProperty(request, 'ip', { value: sender });
      return true;
    },

    async forward(request, reply, url) {
      const { method, body, headers } = request;
      const ending = new AbortController();
      reply.raw.once('close', () => ending.abort());
      const last = headers['last-event-id'];
      try {
        const answer = await send(method === 'POST' ? 'POST' : 'GET', url, request.url, request.ip, {
          signal: ending.signal,
          ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
          ...(typeof last === 'string' ? { headers: { 'last-event-id': last } } : {}),
        });
        for (const name of PASSED_ON) {
          const value = answer.headers[name];
          if (value !== undefined) void reply.header(name, value);
        }
        return await reply.status(answer.statusCode).send(answer.body);
      } catch {
        // SECURITY: an error of the connection names the other process, which is not public.
        throw httpError(503, 'bridge-closed', 'the process of this signer that works for this bridge does not answer');
      }
    },

    async get(url, path) {
      const { body } = await send('GET', url, path, '127.0.0.1', { signal: AbortSignal.timeout(LIST_MS) });
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > LARGEST_BYTES) throw new RangeError(`the answer is longer than ${LARGEST_BYTES} bytes`);
        chunks.push(chunk);
      }
      return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
    },

    [Symbol.asyncDispose]: () => agent.destroy(),
  };
}

const httpError = (statusCode: number, reason: string, message: string): Error =>
  Object.assign(new Error(message), { statusCode, reason });
