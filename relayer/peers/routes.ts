import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { type Reason, reasons } from '../../protocol/reasons.ts';
import {
  type PegHistoryView,
  type PegView,
  type StatusView,
  type TransferView,
  type TransfersView,
  resolutions,
} from '../../protocol/api-types.ts';
import { type AttestationRequest, attestationRequest } from './request.ts';
import { addressSchema } from '../schemas.ts';
import type { Admission } from '../callers/admission.ts';
import type { Caller } from '../callers/callers.ts';

const direction = z.enum(['mint', 'withdraw']);
const transfersParameters = z.strictObject({
  account: addressSchema.optional(),
  productToken: addressSchema.optional(),
  direction: direction.optional(),
  status: z.enum(['open', 'executed', 'parked', 'bounced']).optional(),
  batch: z
    .string()
    .regex(/^0x[0-9a-f]{64}$/i, 'expected the digest of a batch')
    .transform((text) => text as Hex)
    .optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** The end of the previous page; only a cursor from this relayer is valid. */
  cursor: z
    .string()
    .regex(/^\d{1,12}-\d{1,15}$/, 'expected the cursor of the page before')
    .transform((text) => {
      const [at = '0', id = '0'] = text.split('-');
      return { at: BigInt(at), id: Number(id) };
    })
    .optional(),
});

const transfersQuery = transfersParameters
  .refine(({ account, productToken }) => account === undefined || productToken === undefined, {
    path: ['productToken'],
    message: 'expected account or productToken, not both',
  })
  .refine(
    ({ batch, limit: _, ...others }) =>
      batch === undefined || Object.values(others).every((value) => value === undefined),
    { path: ['batch'], message: 'expected no other parameter beside batch' },
  );

/** Lanes of an answer without a limit: well within the 262,144 bytes that a relayer of 0.1.0 reads of a peer's status. */
const DEFAULT_LANES = 500;

/** Unknown parameters are ignored, as this route has always done. */
const statusQuery = z.object({
  lanes: z.coerce.number().int().min(0).max(1_000).default(DEFAULT_LANES),
  lanesFrom: z.coerce.number().int().min(0).max(1_000_000).default(0),
});

const pegPath = z.object({ productToken: addressSchema });

const pegHistoryQuery = z.strictObject({
  resolution: z.enum(resolutions).default('minute'),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
});

export const transferPath = z.object({
  direction,
  productToken: addressSchema,
  nonce: z
    .string()
    .regex(/^\d{1,15}$/, 'expected a nonce')
    .transform((text) => BigInt(text)),
});

export type StatusQuery = z.output<typeof statusQuery>;
export type TransfersQuery = z.output<typeof transfersQuery>;
export type PegHistoryQuery = z.output<typeof pegHistoryQuery>;
export type TransferPath = z.output<typeof transferPath>;

/** The public port. Everything is read from this relayer; requests change nothing but the signing history. */
export interface PublicView {
  status(query: StatusQuery): StatusView;
  pegs(): readonly PegView[];
  /** Undefined for an unknown peg. */
  pegHistory(productToken: Address, query: PegHistoryQuery): PegHistoryView | undefined;
  transfers(query: TransfersQuery): TransfersView;
  /** A reason when the transfer is not known here. */
  transfer(path: TransferPath): TransferView | Reason;
  /** @throws {PegwayError} `too-many-requests` when the caller's budget is spent. */
  attest(request: AttestationRequest, caller: Caller): Promise<object | { readonly reason: Reason }>;
}

/** Selects the bridge of a request. @throws an error with the status of the answer. */
export type Of<T> = (request: FastifyRequest) => T;

/** Registers the routes below `/v1`, or below `/v1/bridges/:bridge`. */
export function registerRoutes(server: FastifyInstance, of: Of<PublicView>, admission: Admission): void {
  const unknown = (reply: FastifyReply, reason: Reason, message: string = reasons[reason]) =>
    reply.status(404).send({ reason, message });

  server.get('/status', (request) => of(request).status(parse(statusQuery, request.query)));
  server.get('/pegs', (request) => of(request).pegs());

  server.get('/pegs/:productToken/history', (request, reply) => {
    const { productToken } = parse(pegPath, request.params);
    const query = parse(pegHistoryQuery, request.query);
    return of(request).pegHistory(productToken, query) ?? unknown(reply, 'peg-mismatch', 'no bridge has this peg');
  });

  server.get('/transfers', (request) => of(request).transfers(parse(transfersQuery, request.query)));

  server.get('/transfers/:direction/:productToken/:nonce', (request, reply) => {
    const found = of(request).transfer(parse(transferPath, request.params));
    return typeof found === 'string' ? unknown(reply, found) : found;
  });

  server.post('/attestations', { onRequest: admission.onRequest }, async (request, reply) => {
    const body = parse(attestationRequest, request.body);
    const answer = await of(request).attest(body, admission.callerOf(request));
    return 'reason' in answer ? reply.status(409).send(answer) : answer;
  });
}

/** Validates a request; the error names the invalid field. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw Object.assign(new Error(`${issue?.path.join('.') ?? 'request'}: ${issue?.message ?? 'not understood'}`), {
    statusCode: 400,
  });
}
