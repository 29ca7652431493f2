import { createContext, useContext } from 'react';
import { type PublicClient, defineChain } from 'viem';
import { type Config, createConfig } from 'wagmi';
import { getPublicClient } from 'wagmi/actions';

import { parseEndpointUrl } from '../protocol/endpoint-url.ts';
import type { Side } from '../protocol/lane.ts';
import { failover } from './chain/failover.ts';
import type { AppConfig, ChainConfig } from './page-config.ts';
import { type Language, language } from './settings.ts';
import { connectors } from './wallet/connectors.ts';

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

const chainOf = ({ chainId, name, rpcUrls, coin, explorer }: ChainConfig) =>
  defineChain({
    id: chainId,
    name,
    nativeCurrency: { name: coin.symbol, ...coin },
    rpcUrls: { default: { http: rpcUrls.map(withoutCredentials) } },
    ...(explorer === undefined ? {} : { blockExplorers: { default: { name: 'Explorer', url: explorer } } }),
  });

export type Machines = Readonly<Record<Language, Machine>>;

/** The same machine in each language: only the configured texts differ. */
export function assemble(configs: Readonly<Record<Language, AppConfig>>): Machines {
  const english = machineOf(configs.en);
  return { en: english, ko: { ...english, config: configs.ko } };
}

function machineOf(config: AppConfig): Machine {
  const { main, product } = config.chains;
  const wagmi = createConfig({
    chains: [chainOf(main), chainOf(product)],
    transports: { [main.chainId]: failover(main.rpcUrls), [product.chainId]: failover(product.rpcUrls) },
    connectors: connectors(),
    pollingInterval: config.pollSeconds * 1_000,
  });
  const reader = ({ chainId }: ChainConfig): PublicClient => {
    const client = getPublicClient(wagmi, { chainId });
    if (client === undefined) throw new RangeError(`no chain ${chainId}`);
    return client;
  };
  return { config, wagmi, readers: { main: reader(main), product: reader(product) } };
}

export const MachineContext = createContext<Machines | undefined>(undefined);

export function useMachine(): Machine {
  const machines = useContext(MachineContext);
  const chosen = language.use();
  if (machines === undefined) throw new Error('outside of the page');
  return machines[chosen];
}
