import type { FastifyInstance, FastifyRequest } from 'fastify';

import { createAdmission } from '../callers/admission.ts';
import { type CallerKind, createCallers } from '../callers/callers.ts';
import type { PeerSources } from '../callers/peer-sources.ts';
import { createRecoveryPool } from '../callers/recovery-pool.ts';
import type { ProcessConfig } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { registerGovernance } from '../peers/governance.ts';
import { registerRoutes } from '../peers/routes.ts';
import type { BridgePort } from './bridge-port.ts';
import type { BridgeDirectory } from './bridge-directory.ts';
import { createServer, listen } from './http-server.ts';
import type { Forwarder } from '../shards/forwarder.ts';
import { createEventLimits, registerEvents } from './events-routes.ts';
import { registerAnchors } from './anchors-routes.ts';
import { registerEvidence } from './evidence-routes.ts';
import { registerExits } from './exits-routes.ts';
import { createReceiptLimits, registerReceipts } from './receipts-routes.ts';
import { registerRewards } from './rewards-routes.ts';
import { registerStatistics } from './statistics.ts';

export interface PublicPortOptions {
  readonly at: Pick<ProcessConfig['listen'], 'public' | 'trustedProxies'>;
  readonly directory: BridgeDirectory;
  /** Network addresses of all bridges' peers. */
  readonly sources: PeerSources;
  readonly metrics: Pick<Metrics, 'requestsRefused'>;
  /** Undefined unless processes share the bridges of this signer. */
  readonly forwarder?: Forwarder | undefined;
  readonly log: { warn(details: object, message: string): void };
}

/**
 * Opens the public port: the state of this relayer's bridges, peers' requests for signatures, governance signatures. Each route
 * is below `/v1/bridges/NAME`, and directly below `/v1` for the only bridge of a process.
 * @throws {PegwayError} exit code 2 when the port is in use.
 */
export async function openPublicPort(options: PublicPortOptions): Promise<{ close(): Promise<void> }> {
  const { at, directory, sources, metrics, forwarder, log } = options;
  const server = await createServer({ openToPages: true, trustedProxies: at.trustedProxies, log });
  const pool = createRecoveryPool();
  const onRefused = (caller: CallerKind): void => metrics.requestsRefused.inc({ caller });
  const admission = createAdmission(createCallers({ sources, pool, onRefused }));

  const eventLimits = createEventLimits();
  const receiptLimits = createReceiptLimits();
  const closing = new AbortController();
  const routes =
    (find: (request: FastifyRequest) => BridgePort) => (scope: FastifyInstance, _: object, done: () => void) => {
      registerRoutes(scope, (request) => find(request).view, admission);
      registerGovernance(scope, (request) => find(request).proposals, admission);
      registerRewards(scope, (request) => find(request).rewards, admission);
      registerAnchors(scope, (request) => find(request).anchors, admission);
      registerExits(scope, (request) => find(request).exits);
      registerReceipts(scope, (request) => find(request).receipts, receiptLimits);
      registerEvidence(scope, (request) => find(request).evidence, admission);
      registerStatistics(scope, (request) => find(request).statistics);
      registerEvents(scope, (request) => find(request).events, { limits: eventLimits, signal: closing.signal });
      done();
    };
  const forwarded = new WeakSet<FastifyRequest>();
  // Before the hooks of the routes, which charge the address of the sender.
  server.addHook('onRequest', (request, _reply, done) => {
    if (forwarder?.accept(request) === true) forwarded.add(request);
    done();
  });
  server.get('/v1/bridges', (request) => directory.list(forwarded.has(request)));
  server.addHook('preHandler', async (request, reply) => {
    // The shortest path to what a relayer of several bridges serves.
    if (directory.isFleet && request.routeOptions.url === '/v1/status') return reply.send(await directory.list());
    const url = directory.elsewhere(request);
    if (forwarder === undefined || url === undefined) return undefined;
    // Once: the process that passed it on has an outdated picture, and finds the right process when it is asked again.
    if (forwarded.has(request)) throw notHere();
    return forwarder.forward(request, reply, url);
  });
  await server.register(
    routes((request) => directory.named(request)),
    { prefix: '/v1/bridges/:bridge' },
  );
  await server.register(
    routes((request) => directory.only(request)),
    { prefix: '/v1' },
  );

  await listen(server, 'public', at.public);
  return {
    async close() {
      closing.abort();
      await server.close();
      await pool[Symbol.asyncDispose]();
    },
  };
}

const notHere = (): Error =>
  Object.assign(new Error('another process of this signer works for this bridge now'), {
    ...{ statusCode: 503, reason: 'bridge-closed' },
  });
