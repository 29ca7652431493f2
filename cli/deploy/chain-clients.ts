import {
  type Account,
  BaseError,
  type Chain,
  type PublicClient,
  RpcRequestError,
  type Transport,
  type WalletClient,
  createPublicClient,
  createWalletClient,
  custom,
  hexToBigInt,
} from 'viem';

import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { RpcError, UnreachableError } from '../../relayer/chain/rpc-errors.ts';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { ANSWER_SECONDS } from '../inspect/answering.ts';
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

/** In wei: the tip where nodes ask for less. */
const USUAL_TIP = 1_000_000_000n;

/**
 * Covers a doubled base fee and a tip: what the nodes' gas price adds to the base fee, at least 1 gwei. Under a base fee
 * of 0 it is their gas price: 0 on a chain without fees, their minimum on others.
 */
export async function feesOver(baseFee: bigint, gasPrice: () => Promise<bigint>) {
  const asked = (await gasPrice()) - baseFee;
  const maxPriorityFeePerGas = baseFee === 0n || asked > USUAL_TIP ? asked : USUAL_TIP;
  return { maxFeePerGas: 2n * baseFee + maxPriorityFeePerGas, maxPriorityFeePerGas };
}

interface ReaderOptions {
  /** How often a failed request is sent again; 3 when left out. */
  readonly retryCount?: number;
  /** 10 when left out, viem's default. */
  readonly timeoutSeconds?: number;
}

/** For a first request, which shows whether the node answers at all. */
export const ONCE: ReaderOptions = { retryCount: 0, timeoutSeconds: ANSWER_SECONDS };

/**
 * The relayer's transport under viem's clients. It is never closed: viem's clients cannot be closed, and idle
 * connections end after seconds without keeping the process alive.
 */
function transportOf(rpcUrl: string, { retryCount, timeoutSeconds = 10 }: ReaderOptions = {}): Transport {
  const endpoint = openEndpoint({ url: rpcUrl, index: 0, timeoutSeconds });
  const request = async (
    { method, params = [] }: { readonly method: string; readonly params?: readonly unknown[] },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<unknown> => {
    try {
      return await endpoint.request(method, params, signal);
    } catch (error) {
      throw asViemError(error, { endpoint: endpoint.name, method, params });
    }
  };
  // On a chain without fees, Anvil fills in a tip that it then rejects: set the fees above instead.
  const options = { key: 'pegway', name: 'JSON-RPC', methods: { exclude: ['eth_fillTransaction'] } };
  return custom({ request }, retryCount === undefined ? options : { ...options, retryCount });
}

/** Maps an error to the classes in which viem detects reverts and retries. */
function asViemError(
  error: unknown,
  request: { readonly endpoint: string; readonly method: string; readonly params: readonly unknown[] },
): unknown {
  const { endpoint, ...body } = request;
  if (error instanceof RpcError) {
    const { code, message, data } = error.error;
    return new RpcRequestError({ body, url: endpoint, error: { code, message, data } });
  }
  return error instanceof UnreachableError ? new BaseError(error.message, { cause: error }) : error;
}

export const chainOf = (rpcUrl: string, chainId: number): Chain => ({
  id: chainId,
  name: `chain ${chainId}`,
  nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
  rpcUrls: { default: { http: [rpcUrl] } },
  fees: {
    estimateFeesPerGas: ({ block, client }) =>
      feesOver(block.baseFeePerGas ?? 0n, async () => hexToBigInt(await client.request({ method: 'eth_gasPrice' }))),
  },
});

export const readerOf = (rpcUrl: string, chainId: number, options?: ReaderOptions): PublicClient =>
  createPublicClient({
    chain: chainOf(rpcUrl, chainId),
    transport: transportOf(rpcUrl, options),
    pollingInterval: 100,
  });

export function clientsOf({ rpcUrl, chainId, account }: Deployer): Clients {
  return {
    reader: readerOf(rpcUrl, chainId),
    writer: createWalletClient({ chain: chainOf(rpcUrl, chainId), transport: transportOf(rpcUrl), account }),
  };
}

/** Clients of a deployment's chains, by chain name. */
export type Network = ReadonlyMap<string, PublicClient>;

/** Problems that prevent the first transaction; each line begins with the field's path. */
export const refusal = (problems: readonly string[]): PegwayError =>
  new PegwayError(`refused before the first transaction:\n  ${problems.join('\n  ')}`, {
    exitCode: 2,
    hint: 'correct the listed problems and run the same command again',
  });

/**
 * Checks the chain id of each chain's node.
 * @throws {PegwayError} exit code 2, naming the chains with an unreachable node or a different chain id.
 */
export async function connect({ chains }: Pick<Deployment, 'chains'>): Promise<Network> {
  const readers = chains.map((chain) => [chain, readerOf(chain.rpcUrl, chain.chainId)] as const);
  const problems = await Promise.all(chains.map(problemOf));
  const said = problems.filter((problem) => problem !== undefined);
  if (said.length > 0) throw refusal(said);
  return new Map(readers.map(([{ name }, reader]) => [name, reader]));
}

async function problemOf({ name, chainId, rpcUrl }: ChainSpec): Promise<string | undefined> {
  try {
    const said = await readerOf(rpcUrl, chainId, ONCE).getChainId();
    return said === chainId
      ? undefined
      : `chains.${name}.chainId: expected ${said}, which the node returns; found ${chainId}`;
  } catch (error) {
    return `chains.${name}.rpcUrls: ${parseEndpointUrl(rpcUrl).host} does not answer: ${messageOf(error)}`;
  }
}

export function readerFor(network: Network, chain: ChainSpec): PublicClient {
  const reader = network.get(chain.name);
  if (reader === undefined) throw new RangeError(`no node of ${chain.name}`);
  return reader;
}
