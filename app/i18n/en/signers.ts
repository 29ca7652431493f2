/** Number of signers with its verbs. */
const inSync = (alive: string): string =>
  alive === '1' ? '1 answers and is in sync' : `${alive} answer and are in sync`;

export const signers = {
  heading: 'Signers',
  intro: (threshold: string, size: string) =>
    `Every transfer needs the signatures of ${threshold} of these ${size} signers.`,
  margin: (alive: string, margin: string) => `${inSync(alive)}: ${margin} more than needed.`,
  marginNone: (alive: string) => `${inSync(alive)}: exactly as many as needed.`,
  marginShort: (alive: string, missing: string) =>
    `${inSync(alive)}: ${missing} too few. Transfers wait until more signers are back; no tokens are lost.`,
  marginUnknown: 'No relayer answers this page, so it is unknown whether enough signers are in sync.',
  states: { 'in-sync': 'In sync', behind: 'Behind', silent: 'No answer', unknown: 'Not queried' },
  lastSignature: 'Last signature',
  signed: 'Signed in 90 days',
  batches: (count: string, share: string) => `${count} ${count === '1' ? 'batch' : 'batches'} (${share})`,
  latency: 'Answers in',
  seconds: (seconds: string) => `${seconds} s`,
  countedBy: (names: string, threshold: string) =>
    `Counted by ${names}; the median is shown. A batch carries ${threshold} signatures, so no signer needs to be in each.`,
  limits: 'Limits',
  limitsText: 'Transfers above what a limit leaves wait on chain before they are paid.',
  limitOf: (symbol: string, chain: string) => `${symbol}, to ${chain}`,
  limitNow: (available: string, capacity: string) => `${available} of ${capacity} now`,
  fullIn: (duration: string) => `full again in ${duration}`,
  parked: 'Waiting over the limit',
  parkedText: 'Anyone can release a transfer once its delay is over.',
  parkedMore: 'The explorer lists the others.',
  releasable: 'can be released now',
  never: (blocks: string) => `none in the last ${blocks} blocks`,
  block: (block: string, chain: string) => `block ${block}, ${chain}`,
  unnamed: (place: string) => `Signer ${place}`,
  differ: 'The two bridges currently list different signers.',
};

export const exits = {
  heading: 'Exits',
  none: 'This bridge has no exits: if too many signers lose their keys, its tokens stay locked.',
  intro:
    'If too many signers are lost, holders are paid without them, as of one block that the signers anchored. Anyone can take each step.',
  far: (duration: string) =>
    `Exits are at least ${duration} away. Each sign of life of the signers moves them further.`,
  openable: 'The signers have been silent for so long that anyone can announce the exits now.',
  announced: (time: string) =>
    `Exits are announced. Unless the signers show life, anyone can close this bridge permanently from ${time} on.`,
  closable: 'Exits are announced, and anyone can close this bridge permanently now.',
  advancing: (time: string) => `This bridge is closed permanently. Claims are registered from ${time} on.`,
  registering: (time: string) => `This bridge is closed permanently. Register your claims until ${time}.`,
  paying: 'This bridge is closed permanently. Registered claims are paid, without a deadline.',
  whatToDo: 'What to do now',
  more: 'More about exits',
  contract: 'Exits contract',
  lastLife: 'Last sign of life',
  lastAnchor: 'Last anchor',
  settled: 'Settled as of',
  block: (number: string) => `block ${number}`,
  notCovered: 'Product tokens that you receive after the last anchored block are not covered.',
  steps: 'Possible now',
  step: {
    snapshot: 'Keep the proofs of all balances, as long as nodes still have them. Relayers keep them, too.',
    open: 'Announce the exits.',
    close: 'Close the bridge permanently.',
    advance: 'Show the newest block that the signers attested.',
    register: 'Register everything that your account is owed. Late claims are paid from what is left over.',
    claim: 'Have your registered claims paid.',
  },
  commands: (guide: string) =>
    `Each command needs a file with both bridges and a node of each chain (bridge.json), and a key that pays the network fee. ${guide} explains the steps.`,
};
