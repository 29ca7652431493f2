import type { FastifyReply, FastifyRequest } from 'fastify';

import { reasons } from '../../protocol/reasons.ts';
import type { Caller, Callers } from './callers.ts';

/** Admission of requests on the routes that cost signature recoveries. */
export interface Admission {
  /** Refuses a caller without budget, before its request body is read. */
  readonly onRequest: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
  /** The admitted caller of a request. */
  callerOf(request: FastifyRequest): Caller;
}

/** Budgets are renewed every second. */
const RETRY_AFTER_SECONDS = 1;

/** Responds that the caller's budget is spent. */
export const refuseForNow = (reply: FastifyReply): FastifyReply =>
  reply
    .status(429)
    .header('retry-after', RETRY_AFTER_SECONDS)
    .send({ reason: 'too-many-requests', message: reasons['too-many-requests'] });

export function createAdmission(callers: Callers): Admission {
  const admitted = new WeakMap<FastifyRequest, Caller>();
  return {
    async onRequest(request, reply) {
      // SECURITY: behind `listen.trustedProxies` this is the rightmost untrusted address of X-Forwarded-For.
      const caller = await callers.admit(request.ip);
      if (caller === undefined) return refuseForNow(reply);
      admitted.set(request, caller);
      return undefined;
    },

    callerOf(request) {
      const caller = admitted.get(request);
      if (caller === undefined) throw new Error(`${request.url} has no admission hook`);
      return caller;
    },
  };
}
