import type { Reason } from '../../protocol/reasons.ts';

/** English texts; `ko.ts` mirrors them in Korean. Functions take values that are formatted for display. */
export const en = {
  name: 'English',
  title: 'Pegway',
  views: { bridge: 'Bridge', history: 'History', supply: 'Supply', signers: 'Signers' },
  skip: 'Skip to the page',
  language: 'Language',
  theme: { label: 'Appearance', auto: 'System colours', light: 'Light', dark: 'Dark' },
  navigation: 'Views',
  copy: 'Copy',
  copied: 'Copied',
  loading: 'Asking both chains…',
  unread: 'The chains cannot be read just now; they are asked again.',
  unknownPage: 'There is nothing at this address.',
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
      `${chain}: its node does not answer. What you see is its last answer; nothing can be sent until it is back.`,
    newestIsFinal: (chain: string) =>
      `${chain}: its node names no final block, and no relayer reports how deep a final one lies. Here its newest block counts as final; the signers may wait longer.`,
    relayersSilent:
      'No relayer can be reached. Transfers go on and what the chains say is shown; progress between the chains and older history are missing.',
  },

  wallet: {
    connect: 'Connect wallet',
    connecting: 'Connecting…',
    choose: 'Choose a wallet',
    none: 'No wallet was found in this browser. Install one that announces itself (EIP-6963), then reload.',
    disconnect: 'Disconnect',
    account: 'Your account',
    failed: 'The wallet did not connect.',
  },

  bridge: {
    heading: 'Move tokens across',
    peg: 'Peg',
    from: 'From',
    to: 'To',
    turn: 'Turn the direction round',
    give: 'You give',
    receive: 'You receive',
    balance: (amount: string) => `Balance ${amount}`,
    max: 'Max',
    recipient: 'Recipient',
    self: 'Yourself',
    another: 'Another account',
    recipientAddress: 'Address of the recipient',
    rate: 'Rate',
    rateText: (main: string, product: string) => `${main} = ${product}`,
    step: 'Smallest step',
    minimum: 'Minimum',
    bridgeFee: 'Bridge fee',
    withFee: (total: string) => `With the fee of the bridge that is ${total}.`,
    fee: 'Fee',
    feeText: (amount: string) => `about ${amount}`,
    noFee: 'none on this chain',
    time: 'Time',
    timeText: (duration: string) => `about ${duration}`,
    limit: 'Limit now',
    noLimit: 'none',
    deposit: (amount: string) => `Deposit ${amount}`,
    redeem: (amount: string) => `Redeem ${amount}`,
    depositPlain: 'Deposit',
    redeemPlain: 'Redeem',
    switchAndSend: (chain: string) => `Your wallet is on another chain; it will be asked to switch to ${chain}.`,
    consents: {
      permit: 'Your wallet asks twice: for a permit of exactly this amount, and for the deposit.',
      approve:
        'Your wallet asks twice: to approve exactly this amount, in a transaction of its own, and for the deposit.',
      reset:
        'Your wallet asks three times: to take an old approval back, to approve exactly this amount, and for the deposit.',
      none: 'Your wallet asks once: the bridge may take this amount already.',
      coin: 'Your wallet asks once. The coin needs no approval.',
      unpermitted: 'This token did not take the permit of your account.',
    },
    redeemNote: 'Your wallet asks once. Redeeming needs no approval.',
    steps: {
      switch: (chain: string) => `Switch to ${chain} in your wallet`,
      permit: 'Sign the permit in your wallet',
      unpermitted: 'Checking with the chain…',
      reset: 'Take the old approval back in your wallet',
      approve: 'Approve exactly this amount in your wallet',
      approving: 'The approval is on its way…',
      send: 'Confirm in your wallet',
      check: 'Checking with the chain…',
    },
    declined: {
      rejected: 'You declined in your wallet. No tokens were moved.',
      locked: 'Your wallet or its device is locked. No tokens were moved. Unlock it, then send again.',
      'blind-signing':
        'Your device does not sign contract calls that it cannot display. No tokens were moved. Turn on blind signing in the settings of its Ethereum app, then send again.',
      'app-closed': 'The Ethereum app is not open on your device. No tokens were moved. Open it, then send again.',
    },
    refused: (reason: string) => `The bridge would refuse this now: ${reason}. No tokens were moved.`,
    failed: (text: string) => `No tokens were moved: ${text}`,
    unsure: (text: string) =>
      `Your wallet may have sent it. Look there before you send again, or you may pay twice. It said: ${text}`,
    underway: 'On their way',
    noPegs: 'This bridge has no pegs yet.',
  },

  findings: {
    empty: 'Enter an amount.',
    'not-a-number': 'Only digits and one decimal point, such as 12.5.',
    'too-many-decimals': (decimals: number) => `This token has ${decimals} decimal places at most.`,
    'inexact-amount': (step: string, suggestion: string) =>
      `This does not convert exactly. Amounts go in steps of ${step}; the nearest below is ${suggestion}.`,
    'below-minimum': (minimum: string) => `The minimum is ${minimum}.`,
    'too-large': (most: string) => `The bridge takes ${most} at most.`,
    'over-balance': (balance: string) => `You have ${balance}.`,
    overBalanceWithFee: (balance: string, fee: string) =>
      `You have ${balance}, and the bridge takes a fee of ${fee} on top.`,
    parked: (available: string, delay: string) =>
      `More than the limit lets through now (${available}). It will arrive, wait on chain for about ${delay}, and can then be released by anyone, from this page too.`,
    'no-recipient': 'Enter the address that shall receive.',
    'not-an-address': 'An address is 0x and 40 hex digits.',
    'bad-checksum': 'The checksum of this address is wrong: a character is mistyped.',
    'forbidden-recipient': 'The bridge never pays to itself, to its tokens or to the zero address.',
    'payment-refused': 'The main token refuses to pay this address now. Choose another recipient.',
    'somebody-else': 'Not your account: make sure that its owner can use it on the other chain.',
    absent: (chain: string) =>
      `Your account is a contract, and there is none at its address on ${chain}: nobody could move what arrives there. Choose another account.`,
    absentThere: (chain: string) =>
      `Your account is a contract, and there is none at its address on ${chain}. Send only if you are sure that you can make it there.`,
    'peg-mismatch':
      'The two bridges do not say the same about this peg: nobody would sign for it, so nothing can be sent.',
    retired: 'This peg takes no more deposits. You can still redeem.',
    noDecimals: (token: string) =>
      `${token} does not state its decimals. Its amounts are in its smallest units, without a decimal point.`,
    paused: (chain: string, until: string) => `The bridge on ${chain} is paused by its signers until ${until}.`,
    pausedThere: (chain: string, until: string) =>
      `The bridge on ${chain} is paused until ${until}. Your transfer departs now, and waits there until then.`,
    'low-coins': (chain: string, needed: string, have: string) =>
      `Sending costs about ${needed} on ${chain}; you have ${have}.`,
    use: (amount: string) => `Use ${amount}`,
  },

  transfer: {
    deposit: 'Deposit',
    redeem: 'Redeem',
    heading: (what: string, nonce: string) => `${what} no. ${nonce}`,
    sending: 'Sent, waiting for a block',
    sendingText: 'You can close this page: the transfer goes on without it.',
    reverted: 'The transaction reverted: nothing was moved. Only its fee is gone.',
    replaced: 'Your wallet replaced this transaction. The transfer departed in another one:',
    executedAs: 'Your account is a contract. It executed this request, and the transfer departed in this transaction:',
    toTransfer: 'See the transfer',
    cancelled: (nonce: string) =>
      `The transaction was cancelled in the wallet: another one, which moves nothing over this bridge, has its nonce ${nonce}. No tokens were moved.`,
    unseen:
      'No node has seen this transaction so far. If a multi-signature wallet returned its hash, open this link in the browser that sent it: there the transfer is found by its account.',
    unknown: 'The bridge has no such transfer (yet).',
    recipient: 'Recipient',
    sender: 'Sender',
    nonce: 'Nonce',
    link: 'Link to this transfer',
    linkText: 'Works on any device.',
    steps: {
      departed: 'Seen on the source chain',
      final: 'Final',
      signed: 'Signed',
      submitted: 'Submitted',
      done: 'Arrived',
    },
    inBlock: (block: string) => `Block ${block}`,
    blockOf: (reached: string, of: string) => `Block ${reached} of ${of} on top`,
    finalBlock: 'Nothing can undo it any more',
    signers: (signed: string, threshold: string) => `${signed} signed, ${threshold} needed`,
    saySigned: (said: string, threshold: string) =>
      `${said === '1' ? '1 says that it signed' : `${said} say that they signed`}, ${threshold} needed`,
    signersAndSay: (signed: string, said: string, threshold: string) =>
      `${signed} signed, ${said} more say so, ${threshold} needed`,
    says: (name: string, text: string) => `${name} says: ${text}`,
    say: (name: string, others: string, text: string) => `${name} and ${others} more say: ${text}`,
    quorum: 'By as many signers as are needed',
    waitingForExecution: 'Waiting for the relayer whose turn it is',
    waitingForFinality: 'Executed, not final yet',
    executedFinal: 'Executed in a final block',
    balance: (before: string, after: string) => `Balance of the recipient: ${before} → ${after}`,
    notFound: 'The transaction that executed it is older than this page looked for.',
    lights: {
      signed: 'signed',
      'says-signed': 'says it signed',
      ready: 'ready',
      waiting: 'not there yet',
      silent: 'no answer',
      'not-needed': 'not needed',
      unknown: 'unknown',
    },
    parked: (until: string) =>
      `Over the limit. It waits on chain and can be released from ${until} on; only a quorum of the signers can take it back meanwhile.`,
    release: 'Release now',
    releaseIn: (duration: string) => `Can be released in ${duration}`,
    releasing: 'Release sent, waiting for a block…',
    refused: (from: string) =>
      `The main token refuses to pay the recipient. It is tried again; if it still refuses from ${from} on, the transfer goes back to the redeemer as a deposit.`,
    bounced: 'The main token refused to pay the recipient, so it went back to the redeemer as a deposit.',
    bouncedLink: 'See that deposit',
    expected: (duration: string) => `Usually takes about ${duration}.`,
  },

  status: { open: 'On its way', executed: 'Arrived', parked: 'Waiting: over the limit', bounced: 'Sent back' },

  reasons: {
    'not-final': 'its block is not final yet',
    'unknown-nonce': 'the bridge has no such transfer',
    'digest-mismatch': 'the signers do not agree on what to sign',
    'peg-mismatch': 'the two bridges do not say the same about this peg',
    'inexact-amount': 'the amount does not convert exactly',
    'below-minimum': 'the amount is below the minimum',
    'too-large': 'the amount is too large',
    'forbidden-recipient': 'this recipient is not allowed',
    'fee-raised': 'the bridge raised its fee just now; see the new fee and send again',
    'already-executed': 'it has arrived already',
    paused: 'the bridge is paused',
    retired: 'the peg takes no more deposits',
    parked: 'it is over the limit and waits',
    bounced: 'it went back to its sender',
    'payment-refused': 'the main token refuses to pay the recipient',
    'rpc-disagreement': 'the signers’ nodes do not agree',
    'rpc-unreachable': 'the signers’ nodes do not answer',
    'proof-invalid': 'a signer’s node cannot prove the transfer',
    'unknown-fork': 'signers must upgrade: the chain has changed its rules',
    'withheld-log': 'a signer’s node withholds the transfer',
    'second-content': 'signers have halted this lane to look into it',
    'audit-broken': 'signers have halted this peg: its backing does not add up',
    'finality-reversed': 'signers have halted: final blocks were taken back',
    'not-a-signer': 'the relayer is not a signer',
    'waiting-for-signatures': 'too few signers answer now',
    'waiting-for-turn': 'signed next by the relayer whose turn it is',
    'waiting-for-inclusion': 'sent, waiting for a block',
    'waiting-for-finality': 'executed, waiting until the block is final',
    'fee-cap': 'fees on the chain are above the signers’ cap',
    'low-funds': 'a signer’s account has run out of coins for fees',
    'disk-full': 'a signer’s disk is full',
    'gas-limit-too-high': 'too large for one block; it is being split',
    'too-many-requests': 'asked too often; waiting a moment',
    'wrong-bridge': 'the relayer serves another bridge',
    'bad-request': 'not understood',
    unreachable: 'a signer does not answer',
    'out-of-order': 'the proposal is not the next one of its bridge',
    'past-deadline': 'the bridge takes the proposal no more',
    standby: 'another process works for this signer',
  } satisfies Record<Reason, string>,

  history: {
    heading: 'History',
    connect: 'Connect a wallet to see its transfers.',
    empty: 'No transfers of this account.',
    columns: { time: 'Time', what: 'What', gives: 'Gave', receives: 'Receives', status: 'Status' },
    csv: 'Download as CSV',
    older: 'Show older ones',
    lookBack: (block: string) => `Read from the chains back to block ${block}.`,
    fromRelayer: (name: string) => `List by ${name}; every line was read from the chains.`,
    incomplete: 'That relayer is still reading older history back.',
    left: (count: string) => `Left out, because the chains do not say so: ${count} of the relayer’s entries.`,
    reading: 'Reading…',
  },

  supply: {
    heading: 'Supply',
    intro: 'Every product token is backed by locked main tokens, at the rate of its peg.',
    locked: 'Locked',
    supply: 'In circulation',
    share: 'Share',
    rate: 'Rate',
    lockedOf: (symbol: string) => `${symbol} locked in total`,
    underway: 'Between the chains',
    retired: 'takes no more deposits',
    chart: (symbol: string) => `${symbol} locked over time`,
    chartBy: (name: string) => `As ${name} tells it; the last point is what the chain says now.`,
    chartEmpty: 'A relayer’s history is needed to draw this, and none answers.',
    chartYoung: 'Too few changes so far to draw a line.',
    resolution: { minute: 'Minutes', hour: 'Hours', day: 'Days' },
    chartTable: 'The figures of the chart',
  },

  signers: {
    heading: 'Signers',
    intro: (threshold: string, size: string) => `${threshold} of these ${size} must sign before anything moves.`,
    margin: (alive: string, margin: string) => `${alive} answer and are in sync: ${margin} more than needed.`,
    marginNone: (alive: string) => `${alive} answer and are in sync: just as many as needed.`,
    marginShort: (alive: string, missing: string) =>
      `${alive} answer and are in sync: ${missing} too few. Transfers wait until they are back; nothing is lost.`,
    states: { 'in-sync': 'In sync', behind: 'Behind', silent: 'No answer', unknown: 'Not asked' },
    lastSignature: 'Last signature',
    never: (blocks: string) => `none in the last ${blocks} blocks`,
    block: (block: string, chain: string) => `block ${block}, ${chain}`,
    unnamed: (place: string) => `Signer ${place}`,
    differ: 'The two bridges list different signers just now.',
  },

  footer: 'Both chains are read from this page directly. Nothing here is stored anywhere but in this browser.',
  configBroken: 'This page is not configured rightly',
};

export type Words = typeof en;
