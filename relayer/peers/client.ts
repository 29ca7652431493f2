import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { directions } from '../../protocol/lane.ts';
import { type Reason, isReason } from '../../protocol/reasons.ts';
import type { PeerClient } from './http.ts';
import type { AnchorRequest, AttestationRequest, RewardsRequest } from './request.ts';

/** The relayer of another signer. */
export interface Peer {
  readonly address: Address;
  readonly url: string;
}

export type PeerAnswer = { readonly signature: Hex } | { readonly reason: Reason; readonly ready?: number };

/** SECURITY: untrusted input of any length: an answer is read up to this many characters. */
const MAX_ANSWER_BYTES = 4_096;

const answerSchema = z.union([
  z.object({ signature: z.string().regex(/^0x[0-9a-f]{128}$/i) }),
  z.object({ reason: z.string(), ready: z.int().min(0).max(256).optional() }),
]);

/** The statements that a peer can sign, by the path that takes the request. */
export type SignatureRequest =
  | { readonly path: '/v1/attestations'; readonly body: AttestationRequest }
  | { readonly path: '/v1/rewards/signatures'; readonly body: RewardsRequest }
  | { readonly path: '/v1/anchors/signatures'; readonly body: AnchorRequest };

/** Requests a signature from one peer. Never rejects: an unreachable peer or a malformed answer has a reason, too. */
export async function requestSignature(
  client: PeerClient,
  peer: Peer,
  request: SignatureRequest,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerAnswer> {
  try {
    const response = await client.request({
      ...{ url: peer.url, ...request, largestAnswer: MAX_ANSWER_BYTES },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const answer = answerSchema.safeParse(JSON.parse(response.body));
    if (!answer.success) return { reason: 'unreachable' };
    if ('signature' in answer.data) return { signature: answer.data.signature as Hex };
    const { reason, ready } = answer.data;
    if (!isReason(reason)) return { reason: 'unreachable' };
    return ready === undefined ? { reason } : { reason, ready };
  } catch {
    return { reason: 'unreachable' };
  }
}

/** SECURITY: untrusted input of any length: at most this many bytes of a status are read, and only these fields are used. */
const MAX_STATUS_BYTES = 2_097_152;

const block = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .optional();
const direction = z.enum(['mint', 'withdraw']);
const side = z.object({ scannedBlock: block });

const statusSchema = z.object({
  bridges: z.object({ main: side, product: side }),
  stopped: z.array(direction).max(directions.length).optional(),
  /** All lanes, of a relayer that sends no `stopped`: it is older than pages. */
  lanes: z.array(z.object({ direction, reason: z.string().optional() })).max(8_192),
});

/** Without lanes: `stopped` covers them, whatever their number. */
const STATUS_PATH = '/v1/status?lanes=0';

export type PeerStatus = z.output<typeof statusSchema>;

/** Fetches the status of one peer. Never rejects: undefined when it does not answer, or not validly. */
export async function fetchStatus(
  client: PeerClient,
  peer: Peer,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerStatus | undefined> {
  try {
    const response = await client.request({
      ...{ url: peer.url, path: STATUS_PATH, largestAnswer: MAX_STATUS_BYTES },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const status = statusSchema.safeParse(JSON.parse(response.body));
    return response.status === 200 && status.success ? status.data : undefined;
  } catch {
    return undefined;
  }
}
