import type { FastifyInstance } from 'fastify';

import type { Admission } from '../callers/admission.ts';
import type { EquivocationWitness } from '../evidence/equivocation-witness.ts';
import { contestedRequest } from '../peers/request.ts';
import { type Of, parse } from '../peers/routes.ts';

export type EvidencePort = Pick<EquivocationWitness, 'contest' | 'list'>;

/** A batch of 256 transfers has 18 kB. */
const MAX_STATEMENT_BYTES = 32_768;

/** `POST /statements`: a signer shows the batch that a peer did not sign with it. `GET /evidence`: anyone reads what came of it. */
export function registerEvidence(server: FastifyInstance, of: Of<EvidencePort>, admission: Admission): void {
  server.get('/evidence', (request) => ({ evidence: of(request).list() }));

  const options = { bodyLimit: MAX_STATEMENT_BYTES, onRequest: admission.onRequest };
  server.post('/statements', options, async (request, reply) => {
    const answer = await of(request).contest(parse(contestedRequest, request.body), admission.callerOf(request));
    return answer.reason === undefined ? {} : reply.status(409).send(answer);
  });
}
