import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { type Reason, isReason } from '../../protocol/reasons.ts';
import type { AttestationRequest } from './request.ts';

/** The relayer of another signer. */
export interface Peer {
  readonly address: Address;
  readonly url: string;
}

export type PeerAnswer = { readonly signature: Hex } | { readonly reason: Reason; readonly ready?: number };

/** SECURITY: untrusted input of any length: an answer is read up to this many characters. */
const MAX_ANSWER_CHARS = 4_096;

const answerSchema = z.union([
  z.object({ signature: z.string().regex(/^0x[0-9a-f]{128}$/i) }),
  z.object({ reason: z.string(), ready: z.int().min(0).max(256).optional() }),
]);

/** Requests a signature from one peer. Never rejects: an unreachable peer or a malformed answer has a reason, too. */
export async function requestSignature(
  peer: Peer,
  request: AttestationRequest,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerAnswer> {
  try {
    const response = await fetch(new URL('/v1/attestations', peer.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const answer = answerSchema.safeParse(JSON.parse(await readBounded(response, MAX_ANSWER_CHARS)));
    if (!answer.success) return { reason: 'unreachable' };
    if ('signature' in answer.data) return { signature: answer.data.signature as Hex };
    const { reason, ready } = answer.data;
    if (!isReason(reason)) return { reason: 'unreachable' };
    return ready === undefined ? { reason } : { reason, ready };
  } catch {
    return { reason: 'unreachable' };
  }
}

/** @throws {RangeError} past so many characters. */
export async function readBounded(response: Response, most: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = (await reader?.read()) as { readonly value?: Uint8Array } | undefined;
    if (chunk?.value === undefined) return text;
    text += decoder.decode(chunk.value, { stream: true });
    if (text.length > most) throw new RangeError('the answer is too long');
  }
}

/** SECURITY: untrusted input of any length: a status is read up to this many characters, and only these fields are used. */
const MAX_STATUS_CHARS = 262_144;

const block = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .optional();
const side = z.object({ scannedBlock: block });

const statusSchema = z.object({
  bridges: z.object({ main: side, product: side }),
  lanes: z.array(z.object({ direction: z.enum(['mint', 'withdraw']), reason: z.string().optional() })).max(4_096),
});

export type PeerStatus = z.output<typeof statusSchema>;

/** Fetches the status of one peer. Never rejects: undefined when it does not answer, or not validly. */
export async function fetchStatus(
  peer: Peer,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerStatus | undefined> {
  try {
    const response = await fetch(new URL('/v1/status', peer.url), {
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const status = statusSchema.safeParse(JSON.parse(await readBounded(response, MAX_STATUS_CHARS)));
    return response.ok && status.success ? status.data : undefined;
  } catch {
    return undefined;
  }
}
