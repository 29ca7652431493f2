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
} from 'viem';

import { openEndpoint } from '../../relayer/chain/json-rpc.ts';
import { RpcError, UnreachableError } from '../../relayer/chain/rpc-errors.ts';

/** A chain to deploy on, and who pays there. */
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

/** As viem's own. */
const TIMEOUT_SECONDS = 10;

/**
 * The relayer's transport under viem's clients. Nothing closes it: viem's clients cannot be closed, and idle connections end by
 * themselves after seconds, without holding the process.
 */
function transportOf(rpcUrl: string): Transport {
  const endpoint = openEndpoint({ url: rpcUrl, index: 0, timeoutSeconds: TIMEOUT_SECONDS });
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
  // Anvil fills a transaction on a chain without fees with a tip that it then refuses; the fees above are asked for instead.
  return custom({ request }, { key: 'pegway', name: 'JSON-RPC', methods: { exclude: ['eth_fillTransaction'] } });
}

/** In the classes that viem reads reverts and retries from. */
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
  fees: { estimateFeesPerGas: ({ block }) => Promise.resolve(feesOver(block.baseFeePerGas ?? 0n)) },
});

export const readerOf = (rpcUrl: string, chainId: number): PublicClient =>
  createPublicClient({ chain: chainOf(rpcUrl, chainId), transport: transportOf(rpcUrl), pollingInterval: 100 });

export function clientsOf({ rpcUrl, chainId, account }: Deployer): Clients {
  return {
    reader: readerOf(rpcUrl, chainId),
    writer: createWalletClient({ chain: chainOf(rpcUrl, chainId), transport: transportOf(rpcUrl), account }),
  };
}
