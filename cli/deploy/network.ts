import type { PublicClient } from 'viem';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { readerOf } from './clients.ts';
import type { ChainSpec, Deployment } from './spec.ts';

/** The nodes of a deployment's chains, by the chains' names. */
export type Network = ReadonlyMap<string, PublicClient>;

/** What stands between a deployment and its first transaction; each line begins with the field's path. */
export const refusal = (problems: readonly string[]): PegwayError =>
  new PegwayError(`refused before the first transaction:\n  ${problems.join('\n  ')}`, {
    exitCode: 2,
    hint: 'mend what is named and run the same command again',
  });

/**
 * Asks each chain's node who it is.
 * @throws {PegwayError} exit code 2, naming the chains whose node does not answer or is of another chain.
 */
export async function connect({ chains }: Pick<Deployment, 'chains'>): Promise<Network> {
  const readers = chains.map((chain) => [chain, readerOf(chain.rpcUrl, chain.chainId)] as const);
  const problems = await Promise.all(readers.map(([chain, reader]) => problemOf(chain, reader)));
  const said = problems.filter((problem) => problem !== undefined);
  if (said.length > 0) throw refusal(said);
  return new Map(readers.map(([{ name }, reader]) => [name, reader]));
}

async function problemOf({ name, chainId, rpcUrl }: ChainSpec, reader: PublicClient): Promise<string | undefined> {
  try {
    const said = await reader.getChainId();
    return said === chainId
      ? undefined
      : `chains.${name}.chainId: expected ${said}, as the node says; found ${chainId}`;
  } catch (error) {
    return `chains.${name}.rpcUrl: ${parseEndpointUrl(rpcUrl).host} does not answer: ${messageOf(error)}`;
  }
}

export function readerFor(network: Network, chain: ChainSpec): PublicClient {
  const reader = network.get(chain.name);
  if (reader === undefined) throw new RangeError(`no node of ${chain.name}`);
  return reader;
}
