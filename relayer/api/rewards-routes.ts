import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import type { RewardsView } from '../../protocol/api-types.ts';
import { rewardsRequest, type RewardsRequest } from '../peers/request.ts';
import { type Of, parse } from '../peers/routes.ts';
import type { Admission } from '../callers/admission.ts';
import type { Caller } from '../callers/callers.ts';
import type { Answer } from './handle-attestation.ts';

/** Rewards at the public port; absent on a bridge without fees. */
export interface RewardsPort {
  /** One period, the last of each main token for undefined. Undefined when none has it. */
  view(period: bigint | undefined): RewardsView | undefined;
  /** @throws {PegwayError} `too-many-requests` when the caller's budget is spent. */
  answer(request: RewardsRequest, caller: Caller): Promise<Answer>;
}

const periodPath = z.object({
  period: z
    .string()
    .regex(/^(latest|[1-9]\d{0,8})$/, 'expected a period, or latest')
    .transform((text) => (text === 'latest' ? undefined : BigInt(text))),
});

export function registerRewards(server: FastifyInstance, of: Of<RewardsPort | undefined>, admission: Admission): void {
  server.get('/rewards/:period', (request, reply) => {
    const port = of(request);
    const found = port?.view(parse(periodPath, request.params).period);
    if (found !== undefined) return found;
    const message = port === undefined ? 'this bridge has no rewards' : 'no such period has been computed here yet';
    return reply.status(404).send({ reason: 'not-final', message });
  });

  server.post('/rewards/signatures', { onRequest: admission.onRequest }, async (request, reply) => {
    const asked = parse(rewardsRequest, request.body);
    const caller = admission.callerOf(request);
    const port = of(request);
    const answer: Answer = port === undefined ? { reason: 'wrong-bridge' } : await port.answer(asked, caller);
    return 'reason' in answer ? reply.status(409).send(answer) : answer;
  });
}
