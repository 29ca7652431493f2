import { createContext, useContext } from 'react';
import { type PublicClient, defineChain } from 'viem';
import { type Config, createConfig } from 'wagmi';
import { getPublicClient } from 'wagmi/actions';

import { jsonRpc } from '../sdk/index.ts';
import { parseEndpointUrl } from '../protocol/endpoint-url.ts';
import type { Side } from '../protocol/lane.ts';
import type { AppConfig, ChainConfig } from './page-config.ts';

/** Shared by the whole page: configuration, wallets, and a reader for each chain. */
export interface Machine {
  readonly config: AppConfig;
  readonly wagmi: Config;
  readonly readers: Readonly<Record<Side, PublicClient>>;
}

/** Wallets receive this URL with an unknown chain, and refuse one with credentials. */
function withoutCredentials(rpcUrl: string): string {
  const { url, authorization } = parseEndpointUrl(rpcUrl);
  return authorization === undefined ? rpcUrl : url.href;
}

const chainOf = ({ chainId, name, rpcUrl, coin, explorer }: ChainConfig) =>
  defineChain({
    id: chainId,
    name,
    nativeCurrency: { name: coin.symbol, ...coin },
    rpcUrls: { default: { http: [withoutCredentials(rpcUrl)] } },
    ...(explorer === undefined ? {} : { blockExplorers: { default: { name: 'Explorer', url: explorer } } }),
  });

const transportOf = ({ rpcUrl }: ChainConfig) => jsonRpc(rpcUrl, { retryCount: 1, timeoutSeconds: 8 });

export function assemble(config: AppConfig): Machine {
  const { main, product } = config.chains;
  const wagmi = createConfig({
    chains: [chainOf(main), chainOf(product)],
    transports: { [main.chainId]: transportOf(main), [product.chainId]: transportOf(product) },
    pollingInterval: config.pollSeconds * 1_000,
  });
  const reader = ({ chainId }: ChainConfig): PublicClient => {
    const client = getPublicClient(wagmi, { chainId });
    if (client === undefined) throw new RangeError(`no chain ${chainId}`);
    return client;
  };
  return { config, wagmi, readers: { main: reader(main), product: reader(product) } };
}

export const MachineContext = createContext<Machine | undefined>(undefined);

export function useMachine(): Machine {
  const machine = useContext(MachineContext);
  if (machine === undefined) throw new Error('outside of the page');
  return machine;
}
