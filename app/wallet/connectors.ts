import { type CreateConnectorFn, injected } from 'wagmi';

/**
 * Wallets besides those that announce themselves (EIP-6963): what is at `window.ethereum`, in the browsers of older
 * wallets. docs/app.md describes how a deployer adds WalletConnect here.
 */
export function connectors(): CreateConnectorFn[] {
  return 'ethereum' in window ? [injected()] : [];
}
