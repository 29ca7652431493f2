import type { Address, Hex } from 'viem';
import { z } from 'zod';

import { type Direction, type Side, directions } from '../../protocol/lane.ts';
import { bridgeIdOf } from '../config.ts';
import { stoppedDirections } from '../monitoring/peer-tracker.ts';
import { type Reason, isReason } from '../../protocol/reasons.ts';
import { addressSchema } from '../schemas.ts';
import type { PeerClient } from './http.ts';
import type { AnchorRequest, AttestationRequest, ContestedRequest, RewardsRequest } from './request.ts';

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

/** Shows a peer the batch that it did not sign. Never rejects: a peer of an older release has no such route. */
export async function showStatement(
  client: PeerClient,
  peer: Peer,
  body: ContestedRequest,
  signal: AbortSignal,
): Promise<void> {
  const request = { url: peer.url, path: '/v1/statements', body, largestAnswer: MAX_ANSWER_BYTES, signal };
  await client.request(request).catch(() => undefined);
}

/** SECURITY: untrusted input of any length: at most this many bytes of a status are read, and only these fields are used. */
const MAX_STATUS_BYTES = 2_097_152;

const block = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
  .optional();
const direction = z.enum(['mint', 'withdraw']);
const stopped = z.array(direction).max(directions.length);
const side = z.object({ scannedBlock: block });

/** One of the relayer's bridges, as `/v1/bridges` lists it. */
const summarySchema = z.object({
  id: z.string().max(100),
  state: z.string(),
  bridges: z.object({ main: side, product: side }),
  stopped,
});

const bridgesSchema = z.object({ bridges: z.array(summarySchema).max(8_192) });

/** The status of a relayer of 0.1.0, which has one bridge and no list. */
const statusSchema = z.object({
  bridges: z.object({ main: side.extend({ chainId: z.int().positive(), bridge: addressSchema }), product: side }),
  stopped: stopped.optional(),
  /** All lanes, of a relayer that sends no `stopped`: it is older than pages. */
  lanes: z.array(z.object({ direction, reason: z.string().optional() })).max(8_192),
});

/** Without lanes: `stopped` covers them, whatever their number. */
const STATUS_PATH = '/v1/status?lanes=0';
const NOT_FOUND = 404;

/** What a peer reports about one bridge. */
export interface PeerStatus {
  readonly scanned: Readonly<Record<Side, bigint | undefined>>;
  readonly stopped: readonly Direction[];
}

/** Fetches the status of all bridges of one relayer, by id. Never rejects: empty when it does not answer, or not validly. */
export async function fetchStatuses(
  client: PeerClient,
  url: string,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<ReadonlyMap<string, PeerStatus>> {
  const until = AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]);
  const get = async (path: string) => {
    const { status, body } = await client.request({ url, path, largestAnswer: MAX_STATUS_BYTES, signal: until });
    return { status, body: JSON.parse(body) as unknown };
  };
  const scannedIn = ({ main, product }: z.output<typeof summarySchema>['bridges']) => ({
    ...{ main: main.scannedBlock, product: product.scannedBlock },
  });
  try {
    const list = await get('/v1/bridges');
    if (list.status !== NOT_FOUND) {
      const { bridges } = bridgesSchema.parse(list.body);
      const open = bridges.filter(({ state }) => state === 'open');
      return new Map(open.map((one) => [one.id, { scanned: scannedIn(one.bridges), stopped: one.stopped }]));
    }
    const { body } = await get(STATUS_PATH);
    const { bridges, lanes, stopped: directly } = statusSchema.parse(body);
    const status = { scanned: scannedIn(bridges), stopped: directly ?? stoppedDirections(lanes) };
    return new Map([[bridgeIdOf(bridges), status]]);
  } catch {
    return new Map();
  }
}
