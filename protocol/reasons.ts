/**
 * Reason codes of a transfer's state, a single vocabulary for contract errors, API, logs, metric labels, command line
 * and dApp. The text of each code is for display.
 */
export const reasons = {
  'not-final': 'its block is not final yet',
  'unknown-nonce': 'the source bridge has no transfer with this nonce',
  'digest-mismatch': 'the requested attestation differs from the one this signer computed',
  'peg-mismatch': 'the two bridges disagree about this peg',
  'inexact-amount': 'the amount does not convert exactly at the rate of the peg',
  'below-minimum': 'the amount is below the minimum of the peg',
  'too-large': 'the amount is larger than the bridge can take',
  'forbidden-recipient': 'the recipient is the zero address, a token of the peg or a bridge',
  'fee-raised': 'the fee of the bridge is above the accepted maximum; ask for the fee again',
  'already-executed': 'it was executed before',
  paused: 'the bridge is paused',
  retired: 'the peg accepts no more deposits',
  parked: 'it is over the outflow limit and waits on chain until it can be released',
  bounced: 'its token refused the payment; the amount returned to the redeemer as a deposit',
  'payment-refused': 'the main token refused to pay the recipient',
  'rpc-disagreement': 'the configured nodes do not agree',
  'rpc-unreachable': 'too few of the configured nodes answer',
  'proof-invalid': 'the response of a node does not prove its claim',
  'unknown-fork': 'this release does not know a field of the chain’s block headers: upgrade it',
  'withheld-log': 'a node withheld an event that the bridge has emitted',
  'second-content': 'this signer has already signed different content for this nonce',
  'audit-pending': 'this signer has not completed an audit of this peg since its start; it signs nothing for it yet',
  'audit-broken': 'the audit of this peg is broken; this signer signs nothing for it',
  'finality-reversed': 'a finalized block was reorged',
  standby: 'another process of this signer is active; this one waits to take over',
  'not-a-signer': 'the caller is not a current signer of the bridge',
  'waiting-for-signatures': 'fewer signers than the threshold have signed',
  'waiting-for-turn': 'it is the turn of another signer to submit',
  'waiting-for-inclusion': 'the transaction is sent but not yet in a block',
  'waiting-for-finality': 'it is executed in a block that is not final yet',
  'fee-cap': 'the current fee of the chain is above the configured cap',
  'low-funds': 'the balance of the paying account is too low',
  'gas-limit-too-high': 'the batch does not fit the gas of one transaction or block',
  'disk-full': 'the signer has no disk space to record statements and transactions',
  'too-many-requests': 'the caller sends more requests than a signer needs',
  'wrong-bridge': 'the request names another bridge, chain or signer epoch',
  'out-of-order': 'the proposal is not the next one of its bridge',
  'past-deadline': 'the bridge no longer accepts or executes the proposal',
  'history-incomplete': 'the relayer is still reading older blocks',
  unprovable: 'the call data of its execution lacks the signatures: no receipt can be made',
  'events-expired': 'the events after the cursor are no longer kept',
  'bad-request': 'the request does not match the interface',
  'bridge-closed': 'this signer is starting the bridge, or cannot open it',
  unreachable: 'the peer does not answer',
} as const;

export type Reason = keyof typeof reasons;

export const isReason = (text: string): text is Reason => Object.hasOwn(reasons, text);
