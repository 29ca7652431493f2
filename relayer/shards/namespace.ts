import type { Address } from 'viem';

/** Scopes what a signer has in Redis, whichever bridges it has: these come and go. */
export const fleetNamespace = (signer: Address): string => `fleet-${signer.slice(2, 10)}`;

export const shardNamespace = (namespace: string, shard: string): string => `${namespace}-${shard}`.toLowerCase();
