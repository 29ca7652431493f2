import {
  type Account,
  type Chain,
  type PublicClient,
  type Transport,
  type WalletClient,
  MethodNotFoundRpcError,
  createPublicClient,
  createWalletClient,
  http,
} from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { ChainSpec, Deployment } from './spec.ts';

/** A chain to deploy on, and the account that pays there. */
export interface Deployer {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly account: Account;
}

export interface Clients {
  readonly reader: PublicClient;
  readonly writer: WalletClient;
}

/** Room for the base fee to double, and a tip of 1 gwei; nothing where the chain asks for nothing. */
export const feesOver = (baseFee: bigint) => {
  const maxPriorityFeePerGas = baseFee === 0n ? 0n : 1_000_000_000n;
  return { maxFeePerGas: 2n * baseFee + maxPriorityFeePerGas, maxPriorityFeePerGas };
};

/** Anvil fills a transaction on a chain without fees with a tip that it then refuses; the fees above are used instead. */
const withoutFill =
  (rpcUrl: string): Transport =>
  (options) => {
    const inner = http(rpcUrl)(options);
    const refuse = (method: string) => new MethodNotFoundRpcError(new Error('not asked for'), { method });
    const request = ((call: { method: string }) =>
      call.method === 'eth_fillTransaction'
        ? Promise.reject(refuse(call.method))
        : inner.request(call as never)) as typeof inner.request;
    return { ...inner, request };
  };

export const chainOf = (rpcUrl: string, chainId: number): Chain => ({
  id: chainId,
  name: `chain ${chainId}`,
  nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
  rpcUrls: { default: { http: [rpcUrl] } },
  fees: { estimateFeesPerGas: ({ block }) => Promise.resolve(feesOver(block.baseFeePerGas ?? 0n)) },
});

export const readerOf = (rpcUrl: string, chainId: number): PublicClient =>
  createPublicClient({ chain: chainOf(rpcUrl, chainId), transport: withoutFill(rpcUrl), pollingInterval: 100 });

export function clientsOf({ rpcUrl, chainId, account }: Deployer): Clients {
  return {
    reader: readerOf(rpcUrl, chainId),
    writer: createWalletClient({ chain: chainOf(rpcUrl, chainId), transport: withoutFill(rpcUrl), account }),
  };
}

/** The nodes of a deployment's chains, by the chains' names. */
export type Network = ReadonlyMap<string, PublicClient>;

/** Problems that prevent the first transaction; each line begins with the field's path. */
export const refusal = (problems: readonly string[]): PegwayError =>
  new PegwayError(`refused before the first transaction:\n  ${problems.join('\n  ')}`, {
    exitCode: 2,
    hint: 'mend what is named and run the same command again',
  });

/**
 * Checks the chain id of each chain's node.
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
    return `chains.${name}.rpcUrl: ${rpcUrl} does not answer: ${messageOf(error)}`;
  }
}

export function readerFor(network: Network, chain: ChainSpec): PublicClient {
  const reader = network.get(chain.name);
  if (reader === undefined) throw new RangeError(`no node of ${chain.name}`);
  return reader;
}
