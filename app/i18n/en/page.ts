export const page = {
  name: 'English',
  views: { bridge: 'Bridge', history: 'History', explorer: 'Explorer', supply: 'Supply', signers: 'Signers' },
  skip: 'Skip to the page',
  language: 'Language',
  theme: { label: 'Appearance', auto: 'System colours', light: 'Light', dark: 'Dark' },
  navigation: 'Views',
  copy: 'Copy',
  copied: 'Copied',
  loading: 'Reading both chains…',
  early: 'Lock tokens on the main chain, receive product tokens on the other chain, and back, at a fixed rate.',
  unread: 'The chains cannot be read now. Trying again.',
  unknownPage: 'This page does not exist.',
  toBridge: 'Go to the bridge',
  close: 'Close',

  duration(seconds: number): string {
    if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
    if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
    if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
    return `${Math.round(seconds / 86_400)} days`;
  },

  notices: {
    chainSilent: (chain: string) =>
      `${chain}: its node does not answer. Nothing can be sent until it does; transfers on their way arrive without this page.`,
    lastAnswer: 'The page shows the last values that it read.',
    meanwhile: 'The page reads the chain again every few seconds.',
    newestIsFinal: (chain: string) =>
      `${chain}: its node reports no final block, and no relayer reports its finality depth. The page treats the newest block as final; the signers may wait longer.`,
    relayersSilent:
      'No relayer can be reached. Transfers continue, and the page shows the state of both chains, without the progress between them and without older history.',
    oddPegs: (tokens: string) =>
      `Pegs left out, because a token does not behave like a token: ${tokens}. All others work.`,
  },

  wallet: {
    connect: 'Connect wallet',
    connecting: 'Connecting…',
    choose: 'Choose a wallet',
    none: 'No wallet was found in this browser. Install one that announces itself (EIP-6963), then reload.',
    openIn: 'This browser has no wallet. Open this page in the browser of your wallet app:',
    otherApp: 'Another wallet app: paste the link in its browser.',
    copyLink: 'Copy the link',
    disconnect: 'Disconnect',
    account: 'Your account',
    failed: 'The wallet did not connect.',
  },

  links: { help: 'Help', terms: 'Terms' },
  footer: 'This page reads both chains directly and stores data only in this browser.',
  configBroken: 'This page is misconfigured',
};
