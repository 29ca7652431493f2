import {
  type Account,
  type Chain,
  MethodNotFoundRpcError,
  type PublicClient,
  type Transport,
  type WalletClient,
  createPublicClient,
  createWalletClient,
  http,
} from 'viem';

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

/** Anvil fills a transaction on a chain without fees with a tip that it then refuses; the fees above are asked for instead. */
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
