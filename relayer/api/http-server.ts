import cors from '@fastify/cors';
import Fastify, { type FastifyInstance } from 'fastify';

import { PegwayError, codeOf, messageOf } from '../../protocol/errors.ts';
import { stringify } from '../../protocol/json.ts';
import { refuseForNow } from '../callers/admission.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/**
 * Creates a server with the settings of both ports: a bounded request size, errors as reason codes, no `Server` header.
 */
export async function createServer(options: {
  readonly openToPages: boolean;
  /** Addresses and ranges of proxies whose X-Forwarded-For is believed; none by default. */
  readonly trustedProxies?: readonly string[];
}): Promise<FastifyInstance> {
  const { trustedProxies = [] } = options;
  const server = Fastify({
    ...{ bodyLimit: 8_192, requestTimeout: 10_000, forceCloseConnections: true },
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  });
  server.setReplySerializer((payload) => stringify(payload));
  server.setErrorHandler((error, _request, reply) => {
    if (codeOf(error) === 'too-many-requests') return void refuseForNow(reply);
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    void reply.status(status).send({
      reason: status < 500 ? 'bad-request' : 'internal',
      message: status < 500 ? messageOf(error) : 'see the log',
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .send({ reason: 'bad-request', message: `no such route: ${request.method} ${request.url.slice(0, 120)}` }),
  );
  // Pages of any origin may read. POST is for signers' relayers, which are not web pages.
  if (options.openToPages) await server.register(cors, { origin: '*', methods: ['GET'] });
  return server;
}

/** @throws {PegwayError} exit code 2 when the port is in use. */
export async function listen(server: FastifyInstance, name: string, { host, port }: Listen): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw new PegwayError(`listen.${name}: cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'free the port or configure another one',
    });
  }
}
