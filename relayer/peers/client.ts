import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { type Reason, isReason } from '../../protocol/reasons.ts';
import type { PeerClient } from './http.ts';
import type { AttestationRequest } from './request.ts';

/** Another signer's relayer. */
export interface Peer {
  readonly address: Address;
  readonly url: string;
}

export type PeerAnswer = { readonly signature: Hex } | { readonly reason: Reason; readonly ready?: number };

/** SECURITY: a peer may answer anything, at any length; only this much of it is read. */
const LARGEST_ANSWER = 4_096;

const answerSchema = z.union([
  z.object({ signature: z.string().regex(/^0x[0-9a-f]{128}$/i) }),
  z.object({ reason: z.string(), ready: z.int().min(0).max(256).optional() }),
]);

/** Asks one peer for its signature. Never rejects: a peer that cannot be reached or talks nonsense has a reason, too. */
export async function askPeer(
  client: PeerClient,
  peer: Peer,
  request: AttestationRequest,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerAnswer> {
  try {
    const response = await client.request({
      ...{ url: peer.url, path: '/v1/attestations', body: request, largestAnswer: LARGEST_ANSWER },
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
