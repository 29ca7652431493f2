/** Claims that an account registers and is paid for at `#/exits`. */
export const exitClaims = {
  heading: 'Your claims',
  intro: (block: string) =>
    `As of block ${block}, main tokens are owed for product tokens, for deposits that had not arrived, and for redeems that were not paid. This page registers these claims and has them paid.`,
  connect: 'Connect the wallet of the account that held the tokens or sent the transfers.',
  contract: 'Claims of a contract that named a recipient in ExitAddress (optional)',
  unread: 'The exits contract cannot be read now. Trying again.',
  proving: (block: string) => `Asking a node for the proofs at block ${block}…`,
  proven: {
    node: (block: string) => `A node proves what is owed at block ${block}. The proofs were checked in this browser.`,
    file: (block: string) => `The file proves what is owed at block ${block}. The proofs were checked in this browser.`,
  },
  unproven: (block: string, reason: string) =>
    `No node of this page proves what is owed at block ${block}: ${reason}. Nodes forget old states. Choose a snapshot of that block: relayers serve theirs at /v1/exits/snapshots/latest, and operators and other holders keep them.`,
  file: 'Snapshot file',
  badFile: (reason: string) => `This file cannot be used: ${reason}.`,
  hint: (what: string) => `What to do: ${what}.`,
  claims: 'What is owed',
  searching: 'Looking for transfers of this account on both chains…',
  unsearched: (reason: string) =>
    `The transfers of this account cannot be read now, and only balances are shown: ${reason}.`,
  planning: 'Working out the transactions…',
  unplanned: (claim: string, reason: string) => `${claim} cannot be registered now: ${reason}.`,
  names: {
    deposit: (nonce: string) => `Deposit ${nonce}`,
    refund: (nonce: string) => `Refund of a redeem, deposit ${nonce}`,
    redeem: (nonce: string) => `Redeem ${nonce}`,
  },
  state: {
    unproven: 'no proof yet',
    absent: 'not in this snapshot: never held, or left out',
    nothing: 'no balance at that block',
    open: (balance: string, amount: string) => `${balance}: a claim of ${amount}, not registered`,
    late: (balance: string, amount: string) =>
      `${balance}: not registered in time; ${amount} are left over for it, at most`,
    'none-left': (balance: string) => `${balance}: not registered in time, and the other claims leave nothing over`,
    unnamed: (balance: string) =>
      `${balance}: a contract’s, which named no recipient in ExitAddress by that block, so that nobody can be paid`,
    'other-wallet': (amount: string) => `${amount}: only the account itself can claim it. Connect its wallet`,
    registered: (amount: string) => `registered: ${amount}`,
    paid: (amount: string) => `paid: ${amount}`,
  },
  willAsk: 'Your wallet will ask for',
  asks: {
    fix: (block: string) => `a transaction that shows block ${block} to the exits contract, once for all holders`,
    sign: (account: string, payout: string) =>
      `a signature by which ${account} names ${payout} as the recipient of its claims, for all pegs`,
    prepare: (count: number) =>
      `${count} transaction${count === 1 ? '' : 's'} that shorten the proofs, once for all holders`,
    register: (amount: string, payout: string) =>
      `a transaction that registers a claim of ${amount}, payable to ${payout}`,
    pay: (amount: string, payout: string) => `a transaction that pays ${amount} to ${payout}`,
    payOrTake: (amount: string, payout: string) =>
      `a transaction that pays ${amount} to ${payout}; if the token refuses that recipient, a signature and a transaction that pay your account instead`,
  },
  gas: (chain: string) => `Each transaction is on ${chain}, and your account pays its network fee.`,
  shareLater: (time: string) =>
    `All claims are paid the same share, in full at most. It is known when registration ends, at ${time}.`,
  soFar: (registered: string, collateral: string) => `Registered so far: ${registered} of ${collateral}.`,
  shareOf: (share: string, amount: string) => `${share} of ${amount}`,
  register: 'Register',
  pay: 'Have it paid',
  steps: {
    switch: (chain: string) => `Switch to ${chain} in your wallet`,
    fix: (block: string) => `Showing block ${block}: confirm in your wallet`,
    sign: 'Sign the recipient in your wallet',
    prepare: 'Shortening the proofs: confirm in your wallet',
    register: (symbol: string) => `Registering ${symbol}: confirm in your wallet`,
    pay: (symbol: string) => `Paying ${symbol}: confirm in your wallet`,
  },
  failedAt: (step: string, reason: string) =>
    `Stopped at “${step}”: ${reason} You can try again: what was registered or paid remains, and counts once.`,
  refusals: {
    AlreadyClaimed: 'this claim is registered or paid already.',
    NotAuthorised: 'the account itself has not consented to this recipient.',
    NothingLeft: 'the claims that were registered in time use up the collateral.',
    NothingOwed: 'nothing was owed at that block.',
    OutsideWindow: 'the exits contract takes this at another time only. Look at the dates above.',
    WrongBlock: 'the proofs are of another block than the one settled. Get the snapshot of that block.',
    WrongDeparture: 'the node of this page left out transfers. Use another node.',
    PaymentRefused: 'the main token refuses this recipient now. The claim stays registered.',
  },
  refusedAs: (name: string) => `the exits contract refuses it with ${name}.`,
  declined: 'you declined in your wallet.',
  otherFailure: (text: string) => `${text}.`,
};
