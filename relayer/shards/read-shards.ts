import type { Address } from 'viem';

import { connectForLeases } from '../queue/lease.ts';
import { fleetNamespace, shardNamespace } from './namespace.ts';
import { type Picture, openRegistry } from './registry.ts';

const ANSWER_MS = 5_000;

/**
 * The processes of a signer and the holders of its shards, as Redis has them now.
 * @throws {PegwayError} when Redis is misconfigured; rejects when it does not answer.
 */
export async function readShards(url: string, signer: Address, shards: readonly Address[]): Promise<Picture> {
  using connection = await connectForLeases(url, AbortSignal.timeout(ANSWER_MS), () => undefined);
  const namespace = fleetNamespace(signer);
  const named = shards.map((name) => ({ name, namespace: shardNamespace(namespace, name) }));
  return await openRegistry(connection.redis, namespace, named).read();
}
