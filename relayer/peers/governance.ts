import type { FastifyInstance } from 'fastify';
import type { Address, Hex } from 'viem';
import { z } from 'zod';

import type { Reason } from '../../protocol/reasons.ts';
import { type Of, parse } from './routes.ts';
import { addressSchema } from '../schemas.ts';
import type { Admission } from '../callers/admission.ts';
import type { Caller } from '../callers/callers.ts';

const decimal = z.string().regex(/^(0|[1-9]\d{0,77})$/, 'expected a whole number as a decimal string');

const hexOf = (pattern: RegExp, what: string) =>
  z
    .string()
    .regex(pattern, what)
    .transform((text) => text.toLowerCase() as Hex);

/**
 * A proposal as signers exchange it: call data only, since each reader decodes it himself. Integers are decimal
 * strings; `listEpoch` is the signer epoch in which the bridge's current signer list began, `nonce` its governance
 * nonce, `deadline` in seconds since the epoch.
 */
export const sharedProposal = z.strictObject({
  chain: z.enum(['main', 'product']),
  chainId: decimal,
  bridge: addressSchema,
  listEpoch: decimal,
  nonce: decimal,
  deadline: decimal,
  calls: z.array(hexOf(/^0x([0-9a-f]{2}){4,8192}$/i, 'expected call data in hex')).max(64),
  signatures: z
    .array(
      z.strictObject({ signer: addressSchema, signature: hexOf(/^0x[0-9a-f]{128}$/i, 'expected 64 bytes in hex') }),
    )
    .min(1)
    .max(64),
});

export type SharedProposal = z.output<typeof sharedProposal>;

/** Holds the signatures of governance proposals. */
export interface ProposalPool {
  /**
   * Saves the valid signatures of current signers. Returns all signers so far, or the reason why nothing was saved.
   * @throws {PegwayError} `too-many-requests` when the caller's budget is spent.
   */
  add(
    proposal: SharedProposal,
    caller: Pick<Caller, 'recover'>,
  ): Promise<{ readonly digest: Hex; readonly signers: readonly Address[] } | { readonly reason: Reason }>;
  /** Proposals that their bridges may still execute. */
  list(): Promise<readonly SharedProposal[]>;
}

/** A proposal that opens a peg, with six signatures, has about 5 kB. */
const MAX_PROPOSAL_BYTES = 65_536;

/** `POST` and `GET /governance`: signers submit signatures, anyone reads them. */
export function registerGovernance(server: FastifyInstance, of: Of<ProposalPool>, admission: Admission): void {
  server.get('/governance', async (request) => ({ proposals: await of(request).list() }));

  const options = { bodyLimit: MAX_PROPOSAL_BYTES, onRequest: admission.onRequest };
  server.post('/governance', options, async (request, reply) => {
    const answer = await of(request).add(parse(sharedProposal, request.body), admission.callerOf(request));
    return 'reason' in answer ? reply.status(409).send(answer) : answer;
  });
}
