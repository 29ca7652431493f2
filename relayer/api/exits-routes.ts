import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { SnapshotKeeper } from '../exits/snapshot-keeper.ts';
import { type Of, parse } from '../peers/routes.ts';

const snapshotPath = z.strictObject({
  height: z
    .string()
    .regex(/^(latest|0|[1-9]\d{0,18})$/, 'expected a height, or latest')
    .transform((text) => (text === 'latest' ? undefined : BigInt(text))),
});

/** Snapshots at the public port; absent on a bridge without exits. */
export type ExitsPort = Pick<SnapshotKeeper, 'text'>;

export function registerExits(server: FastifyInstance, of: Of<ExitsPort | undefined>): void {
  server.get('/exits/snapshots/:height', (request, reply) => {
    const keeper = of(request);
    const { height } = parse(snapshotPath, request.params);
    const text = keeper?.text(height);
    if (text !== undefined) return reply.type('application/json').send(text);
    const message = keeper === undefined ? 'this bridge has no exits' : 'no snapshot of that block is kept here';
    return reply.status(404).send({ reason: 'not-final', message });
  });
}
