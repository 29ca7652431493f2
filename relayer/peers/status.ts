import { z } from 'zod';

import type { Peer } from './client.ts';
import type { PeerClient } from './http.ts';

/** SECURITY: a peer may answer anything, at any length; only this much of it is read, and only these fields are used. */
const LARGEST_STATUS = 262_144;

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

/** Asks one peer where it stands. Never rejects: undefined when it does not answer, or talks nonsense. */
export async function askStatus(
  client: PeerClient,
  peer: Peer,
  signal: AbortSignal,
  timeoutSeconds: number,
): Promise<PeerStatus | undefined> {
  try {
    const response = await client.request({
      ...{ url: peer.url, path: '/v1/status', largestAnswer: LARGEST_STATUS },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    });
    const status = statusSchema.safeParse(JSON.parse(response.body));
    return response.status === 200 && status.success ? status.data : undefined;
  } catch {
    return undefined;
  }
}
