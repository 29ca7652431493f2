/**
 * Why a transfer is where it is: one vocabulary for contract errors, API, logs, metric labels, command line and dApp.
 * The words after each code are for people.
 */
export const reasons = {
  'not-final': 'its block is not final yet',
  'unknown-nonce': 'the source bridge has no transfer with this nonce',
  'digest-mismatch': 'the attestation that was asked for is not the one this signer computed',
  'peg-mismatch': 'the two bridges do not say the same about this peg',
  'inexact-amount': 'the amount does not convert exactly at the rate of the peg',
  'below-minimum': 'the amount is below the minimum of the peg',
  'too-large': 'the amount is larger than the bridge can take',
  'forbidden-recipient': 'the recipient is the zero address, a token of the peg or a bridge',
  'already-executed': 'it was executed before',
  paused: 'the bridge is paused',
  retired: 'the peg takes no more deposits',
  parked: 'it is over the outflow limit and waits on chain until it can be released',
  bounced: 'its token refused it; it went back to the redeemer as a deposit',
  'payment-refused': 'the main token refused to pay the recipient',
  'rpc-disagreement': 'the configured nodes do not agree',
  'rpc-unreachable': 'too few of the configured nodes answer',
  'proof-invalid': 'what a node returned does not prove what it claims',
  'withheld-log': 'a node withheld an event that the bridge has emitted',
  'second-content': 'this signer has signed another content for this nonce before',
  'audit-broken': 'the audit of this peg is broken; nothing of it is signed',
  'finality-reversed': 'a block of a chain that was final is so no more',
  standby: 'another process of this signer works; this one waits to take over',
  'not-a-signer': 'the caller is not a current signer of the bridge',
  'waiting-for-signatures': 'fewer signers than the threshold have signed',
  'waiting-for-turn': 'another signer has its turn to submit',
  'waiting-for-inclusion': 'the transaction is sent and not yet in a block',
  'waiting-for-finality': 'it is executed in a block that is not final yet',
  'fee-cap': 'the fee that the chain asks for is above the configured cap',
  'low-funds': 'the account that pays for transactions has too little',
  'gas-limit-too-high': 'the batch does not fit the gas of one transaction or block',
  'disk-full': 'the signer has no room to record what it would sign or send',
  'too-many-requests': 'the caller asks more often than a signer needs to',
  'wrong-bridge': 'the request names another bridge, chain or signer epoch',
  'out-of-order': 'the proposal is not the next one of its bridge',
  'past-deadline': 'the bridge accepts or executes the proposal no more',
  'bad-request': 'the request is not of the form the interface defines',
  unreachable: 'the peer does not answer',
} as const;

export type Reason = keyof typeof reasons;

export const isReason = (text: string): text is Reason => Object.hasOwn(reasons, text);
