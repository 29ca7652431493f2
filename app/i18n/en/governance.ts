import type { AdministrativeName } from '../../../protocol/governance.ts';

export const governance = {
  heading: 'Governance',
  text: 'A quorum of the signers changes the bridge. Changes that could harm holders wait, so that everyone can see them first.',
  none: 'No proposal has been accepted yet.',
  noRelayer: 'Past proposals need a relayer, and no relayer answers.',
  proposal: (nonce: string, chain: string) => `Proposal ${nonce}, ${chain}`,
  accepted: (time: string) => `Accepted on ${time}`,
  unread: 'No relayer names its transaction, so its content cannot be shown.',
  stages: {
    waiting: (time: string, duration: string) => `Pending: can be executed from ${time}, in ${duration}`,
    executable: () => 'Pending: can be executed now',
    expired: () => 'Expired before it was executed',
    'signers-replaced': () => 'Void: the list of signers was replaced since',
    executed: (time: string) => `Executed on ${time}`,
    superseded: () => 'Replaced or cancelled before it was executed',
  },
  cancel: 'Cancels the pending proposal.',
  unknownCall: (selector: string) => `Calls a function that this page does not know (${selector}).`,
  noLimit: 'no limit',
  limit: (capacity: string, refill: string) => `${capacity} at once, refilled by ${refill} a day`,
  calls: {
    setSigners: (threshold: string, count: string) =>
      `Replaces the list of signers: ${threshold} of ${count} must sign from then on.`,
    setDelays: (governance: string, limit: string, pause: string, bounce: string) =>
      `Sets the delays: changes ${governance}, transfers over the limit ${limit}, a pause ${pause}, the return of refused transfers ${bounce}.`,
    openPeg: (symbol: string) => `Opens a new peg: ${symbol}.`,
    retirePeg: (symbol: string) => `Ends deposits of ${symbol} permanently. Redeeming continues.`,
    setGasCap: (symbol: string, gas: string) => `Allows a payment of ${symbol} to use at most ${gas} gas.`,
    setMinimum: (symbol: string, minimum: string) => `Sets the minimum of ${symbol} to ${minimum}.`,
    setLimit: (symbol: string, limit: string) => `Sets the limit of ${symbol}: ${limit}.`,
    setFee: (symbol: string, flat: string, percent: string) =>
      `Sets the bridge fee of ${symbol} to ${flat} and ${percent} % of the amount.`,
    setDepartMinimum: (symbol: string, minimum: string) =>
      `Lets collected fees of ${symbol} leave from ${minimum} upwards.`,
    lowerLimit: (symbol: string, limit: string) => `Lowers the limit of ${symbol}: ${limit}.`,
    voidParked: (symbol: string, nonces: string) =>
      `Cancels the release of waiting transfers of ${symbol} (${nonces}); they must be signed anew.`,
    revokeSignatures: () => 'Makes all signatures so far worthless; open transfers are signed anew.',
    renew: () => 'Shows that the signers are active. Changes nothing.',
    unpause: () => 'Ends the pause of the bridge.',
    prolongPause: (time: string) => `Prolongs the pause of the bridge until ${time}.`,
  } satisfies Record<AdministrativeName, (...values: string[]) => string>,
};
