import type { FastifyInstance } from 'fastify';
import { getAddress, isAddress } from 'viem';
import { z } from 'zod';

import type { Reason } from '../transfer/reasons.ts';
import type { TransferView } from '../transfer/view.ts';
import { type AttestationRequest, attestationRequest } from './request.ts';

const direction = z.enum(['mint', 'withdraw']);
const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'expected an address')
  .transform((text) => getAddress(text));

const transfersQuery = z.strictObject({
  account: address.optional(),
  direction: direction.optional(),
  status: z.enum(['open', 'executed', 'parked', 'bounced']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.coerce.number().int().positive().optional(),
});

const transferPath = z.strictObject({
  direction,
  productToken: address,
  nonce: z
    .string()
    .regex(/^\d{1,20}$/, 'expected a nonce')
    .transform((text) => BigInt(text)),
});

export type TransfersQuery = z.output<typeof transfersQuery>;
export type TransferPath = z.output<typeof transferPath>;

/** What the public port tells; all of it read from this relayer, nothing of it changes anything but the journal. */
export interface PublicView {
  status(): unknown;
  pegs(): unknown;
  transfers(query: TransfersQuery): unknown;
  transfer(path: TransferPath): TransferView | undefined | Promise<TransferView | undefined>;
  attest(request: AttestationRequest): Promise<object | { readonly reason: Reason }>;
}

export function registerRoutes(server: FastifyInstance, view: PublicView): void {
  server.get('/v1/status', () => view.status());
  server.get('/v1/pegs', () => view.pegs());

  server.get('/v1/transfers', (request) => view.transfers(parse(transfersQuery, request.query)));

  server.get('/v1/transfers/:direction/:productToken/:nonce', async (request, reply) => {
    const found = await view.transfer(parse(transferPath, request.params));
    return found ?? reply.status(404).send({ reason: 'unknown-nonce' satisfies Reason });
  });

  server.post('/v1/attestations', async (request, reply) => {
    const answer = await view.attest(parse(attestationRequest, request.body));
    return 'reason' in answer ? reply.status(409).send(answer) : answer;
  });
}

/** A wrong request names its field. */
function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw Object.assign(new Error(`${issue?.path.join('.') ?? 'request'}: ${issue?.message ?? 'not understood'}`), {
    statusCode: 400,
  });
}
