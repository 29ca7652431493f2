import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

import type { Problems } from './state/problems.ts';

/** The private port: metrics, and health for an orchestrator. */
export function registerHealth(
  server: FastifyInstance,
  { registry, problems }: { readonly registry: Registry; readonly problems: Problems },
): void {
  server.get('/metrics', async (_request, reply) =>
    reply
      .type(registry.contentType)
      .serializer(String)
      .send(await registry.metrics()),
  );

  // It answers, so its event loop turns.
  server.get('/health/live', () => ({ live: true }));

  // Only this signer's own faults: that the bridge as a whole stands must not take all six out of service.
  server.get('/health/ready', (_request, reply) => {
    const reasons = problems.list();
    return reply.status(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
  });
}
