import { type Connector, useConnection, useConnectors } from 'wagmi';
import type { Address } from 'viem';

export interface Wallet {
  readonly address: Address | undefined;
  readonly chainId: number | undefined;
  /** Those that announced themselves (EIP-6963); without one, what sits at `window.ethereum`. */
  readonly choices: readonly Connector[];
  readonly connector: Connector | undefined;
  readonly isBusy: boolean;
}

export function useWallet(): Wallet {
  const connection = useConnection();
  const all = useConnectors();
  const announced = all.filter(({ id }) => id !== 'injected');
  // The wallet at `window.ethereum` is one of those that announced themselves, if there are any.
  const choices = announced.some(({ type }) => type === 'injected') ? announced : all;
  return {
    address: connection.status === 'connected' ? connection.address : undefined,
    chainId: connection.chainId,
    connector: connection.connector,
    isBusy: connection.status === 'connecting' || connection.status === 'reconnecting',
    choices,
  };
}
