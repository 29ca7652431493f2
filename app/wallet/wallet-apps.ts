/** A wallet app that opens a page in its own browser, where it is the page's wallet. */
export interface WalletApp {
  readonly name: string;
  /** @param page the page's address, with its route. */
  readonly linkTo: (page: URL) => string;
}

/** By the links that each wallet documents for this; a phone without the app is led to its download. */
export const walletApps: readonly WalletApp[] = [
  // https://docs.metamask.io/metamask-connect/evm/guides/metamask-exclusive/use-deeplinks/
  { name: 'MetaMask', linkTo: ({ host, pathname, hash }) => `https://link.metamask.io/dapp/${host}${pathname}${hash}` },
  // https://docs.cdp.coinbase.com/coinbase-wallet/developer-guidance/mobile-dapp-integration
  { name: 'Coinbase Wallet', linkTo: ({ href }) => `https://go.cb-w.com/dapp?cb_url=${encodeURIComponent(href)}` },
  // https://developer.trustwallet.com/developer/develop-for-trust/deeplinking
  {
    name: 'Trust Wallet',
    linkTo: ({ href }) => `https://link.trustwallet.com/open_url?coin_id=60&url=${encodeURIComponent(href)}`,
  },
  // https://web3.okx.com/build/docs/waas/app-universal-link
  {
    name: 'OKX Wallet',
    linkTo: ({ href }) => {
      const deepLink = `okx://wallet/dapp/url?dappUrl=${encodeURIComponent(href)}`;
      return `https://web3.okx.com/download?deeplink=${encodeURIComponent(deepLink)}`;
    },
  },
];
