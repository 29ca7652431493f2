import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { AnchorHistoryView, AnchorProofView, AnchorsView } from '../../protocol/api-types.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';
import type { Admission } from '../callers/admission.ts';
import type { Caller } from '../callers/callers.ts';
import { type AnchorRequest, anchorRequest } from '../peers/request.ts';
import { type Of, parse } from '../peers/routes.ts';
import type { Answer } from './handle-attestation.ts';

/** Anchors at the public port; absent on a bridge without them. */
export interface AnchorsPort {
  /** Undefined before the first reading. */
  view(): AnchorsView | undefined;
  /** Proves a block against the last anchor; a reason when that is not possible. */
  prove(height: bigint): Promise<AnchorProofView | Reason>;
  /** The history up to a block; a reason when that is not possible. */
  history(number: bigint): Promise<AnchorHistoryView | Reason>;
  /** @throws {PegwayError} `too-many-requests` when the caller's budget is spent. */
  answer(request: AnchorRequest, caller: Caller): Promise<Answer>;
}

const heightPath = z.object({
  height: z
    .string()
    .regex(/^\d{1,15}$/, 'expected a block number')
    .transform((text) => BigInt(text)),
});

const NONE = 'this bridge has no anchors';

export function registerAnchors(server: FastifyInstance, of: Of<AnchorsPort | undefined>, admission: Admission): void {
  server.get('/anchors', (request, reply) => {
    const port = of(request);
    const message = port === undefined ? NONE : 'the anchors have not been read yet';
    return port?.view() ?? reply.status(404).send({ reason: 'not-final', message });
  });

  server.get('/anchors/:height', async (request, reply) => {
    const port = of(request);
    const { height } = parse(heightPath, request.params);
    const found = (await port?.prove(height)) ?? 'not-final';
    if (typeof found !== 'string') return found;
    const message = port === undefined ? NONE : `block ${height} is not anchored: ${reasons[found]}`;
    return reply.status(404).send({ reason: found, message });
  });

  server.get('/anchors/:height/history', async (request, reply) => {
    const port = of(request);
    const { height } = parse(heightPath, request.params);
    const found = (await port?.history(height)) ?? 'not-final';
    if (typeof found !== 'string') return found;
    const message = port === undefined ? NONE : `no history up to block ${height}: ${reasons[found]}`;
    return reply.status(404).send({ reason: found, message });
  });

  server.post('/anchors/signatures', { onRequest: admission.onRequest }, async (request, reply) => {
    const asked = parse(anchorRequest, request.body);
    const caller = admission.callerOf(request);
    const port = of(request);
    const answer: Answer = port === undefined ? { reason: 'wrong-bridge' } : await port.answer(asked, caller);
    return 'reason' in answer ? reply.status(409).send(answer) : answer;
  });
}
