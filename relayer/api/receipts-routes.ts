import type { FastifyInstance } from 'fastify';
import { RateLimiterMemory } from 'rate-limiter-flexible';

import { reasonOf } from '../../protocol/errors.ts';
import { type Reason, reasons } from '../../protocol/reasons.ts';
import { refuseForNow } from '../callers/admission.ts';
import { quotaKeyOf } from '../callers/address.ts';
import { type Of, parse, transferPath } from '../peers/routes.ts';
import { type ReceiptMaker, isOfNodes } from '../receipts/receipt-maker.ts';

/** Requests of one caller in as many seconds. */
export const REQUESTS = 30;

/** Budgets of the callers of one port, whichever bridges they ask for. */
export const createReceiptLimits = (): RateLimiterMemory =>
  new RateLimiterMemory({ points: REQUESTS, duration: REQUESTS });

const statusOf = (reason: Reason | undefined): number => {
  if (reason === 'unknown-nonce' || reason === 'unprovable') return 404;
  return reason === 'history-incomplete' || isOfNodes(reason) ? 503 : 409;
};

/** Registers the route of receipts. */
export function registerReceipts(server: FastifyInstance, of: Of<ReceiptMaker>, limits: RateLimiterMemory): void {
  server.get('/transfers/:direction/:productToken/:nonce/receipt', async (request, reply) => {
    const { nonce, ...lane } = parse(transferPath, request.params);
    const isAdmitted = await limits.consume(quotaKeyOf(request.ip)).then(
      () => true,
      () => false,
    );
    if (!isAdmitted) return refuseForNow(reply);
    try {
      return await of(request).receipt(lane, nonce);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'too-many-requests') return refuseForNow(reply);
      // SECURITY: a node's own words may contain its URL, so that the log alone has them.
      const message = reason === undefined ? 'see the log' : reasons[reason];
      return reply.status(statusOf(reason)).send({ reason: reason ?? 'internal', message });
    }
  });
}
