import cors from '@fastify/cors';
import Fastify, { type FastifyInstance } from 'fastify';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { stringify } from '../../protocol/json.ts';

export interface Listen {
  readonly host: string;
  readonly port: number;
}

/** A server with what both ports share: a bound on what is read, errors as reason codes, no header that tells its maker. */
export async function createServer(options: { readonly openToPages: boolean }): Promise<FastifyInstance> {
  const server = Fastify({ bodyLimit: 8_192, requestTimeout: 10_000, forceCloseConnections: true });
  server.setReplySerializer((payload) => stringify(payload));
  server.setErrorHandler((error, _request, reply) => {
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    void reply.status(status).send({
      reason: status < 500 ? 'bad-request' : 'internal',
      message: status < 500 ? messageOf(error) : 'see the log',
    });
  });
  server.setNotFoundHandler((request, reply) =>
    reply
      .status(404)
      .send({ reason: 'bad-request', message: `there is no ${request.method} ${request.url.slice(0, 120)}` }),
  );
  // Pages of anyone may read; only signers are answered to a POST, and they are no pages.
  if (options.openToPages) await server.register(cors, { origin: '*', methods: ['GET'] });
  return server;
}

/** @throws {PegwayError} exit code 2 when the port is taken. */
export async function listen(server: FastifyInstance, name: string, { host, port }: Listen): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    throw new PegwayError(`listen.${name}: cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'choose a free port',
    });
  }
}
