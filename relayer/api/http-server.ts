import cors from '@fastify/cors';
import Fastify, { type FastifyInstance } from 'fastify';

import { PegwayError, codeOf, messageOf, reasonOf } from '../../protocol/errors.ts';
import { stringify } from '../../protocol/json.ts';
import { reasons } from '../../protocol/reasons.ts';
import { refuseForNow } from '../callers/admission.ts';
import { type HostPort, printHostPort } from '../host-port.ts';

export type Listen = HostPort;

/**
 * Above the time for which peers keep a connection (`peers/http.ts`) and the usual minute of a reverse proxy: the side
 * that sends requests must be the one to close, or a request meets a closed connection.
 */
export const KEEP_ALIVE_MS = 75_000;

/**
 * Creates a server with the settings of both ports: a bounded request size, errors as reason codes, no `Server` header.
 */
export async function createServer(options: {
  readonly openToPages: boolean;
  /** Addresses and ranges of proxies that may set `X-Forwarded-For`; none by default. */
  readonly trustedProxies?: readonly string[];
  /** Receives the errors that the answer leaves out. */
  readonly log?: { warn(details: object, message: string): void };
}): Promise<FastifyInstance> {
  const { trustedProxies = [], log } = options;
  const server = Fastify({
    ...{ bodyLimit: 8_192, requestTimeout: 10_000, forceCloseConnections: true },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A base URL may name a bridge, so that clients of one bridge need no other paths.
    rewriteUrl: ({ url = '/' }) => url.replace(/^\/bridges\/([^/?]+)\/v1\//, '/v1/bridges/$1/'),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
  });
  server.setReplySerializer((payload) => stringify(payload));
  server.setErrorHandler((error, request, reply) => {
    if (codeOf(error) === 'too-many-requests') return void refuseForNow(reply);
    const known = reasonOf(error);
    // SECURITY: the words name nodes and their errors. The reason suffices for the caller, who can ask again.
    if (known === 'rpc-unreachable' || known === 'rpc-disagreement')
      return void reply.status(503).send({ reason: known, message: reasons[known] });
    const { statusCode: status = 500, reason } = error as { statusCode?: number; reason?: string };
    const isPublic = status < 500 || reason !== undefined;
    if (!isPublic) log?.warn({ route: request.routeOptions.url, error: messageOf(error) }, 'request failed');
    void reply.status(status).send({
      reason: reason ?? (isPublic ? 'bad-request' : 'internal'),
      message: isPublic ? messageOf(error) : 'see the log',
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
export async function listen(server: FastifyInstance, name: string, at: Listen): Promise<void> {
  try {
    await server.listen({ host: at.host, port: at.port });
  } catch (cause) {
    throw new PegwayError(`listen.${name}: cannot listen on ${printHostPort(at)}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'free the port or configure another one',
    });
  }
}
