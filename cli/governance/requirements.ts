import { PegwayError } from '../../protocol/errors.ts';
import { wrong } from '../output.ts';
import { type Proposal, callsHash } from './proposal.ts';
import type { Counted } from './signatures.ts';
import { EXECUTION_WINDOW, stageOf } from '../../protocol/governance.ts';
import type { GovernedState } from './governed-state.ts';
import { moment, relative } from './chain-time.ts';

/*
 * The bridge's own requirements, checked before a signature or a transaction, with a message that names the cause and the
 * remedy. Pure: the caller has read the state and parsed the proposal.
 */

/** @throws {PegwayError} `wrong-bridge`, exit code 2. */
export function requireBridge(proposal: Proposal, state: Pick<GovernedState, 'chain' | 'chainId' | 'bridge'>): void {
  if (proposal.bridge === state.bridge && proposal.chainId === state.chainId.toString()) return;
  throw wrong(
    `the proposal is for another bridge: ${proposal.bridge} on chain ${proposal.chainId}; ` +
      `the ${state.chain} bridge here is ${state.bridge} on chain ${state.chainId}`,
    'name the configuration of the bridge that it is for with --config FILE, or make it anew for this one',
    'wrong-bridge',
  );
}

/** @throws {PegwayError} `out-of-order`, exit code 2. */
export function requireNext({ chain, nonce }: Proposal, state: Pick<GovernedState, 'nonce'>): void {
  const found = BigInt(nonce);
  if (found === state.nonce) return;
  throw wrong(
    found < state.nonce
      ? `the proposal is out of order: the ${chain} bridge has used up nonce ${nonce}, its next is ${state.nonce}`
      : `the proposal is out of order: its nonce is ${nonce}, but the ${chain} bridge's next is ${state.nonce}`,
    found < state.nonce
      ? 'it or another one was accepted meanwhile: see pegway governance show, and make it anew if it is still wanted'
      : `submit the proposals before it first, or make it anew with nonce ${state.nonce}`,
    'out-of-order',
  );
}

/** @throws {PegwayError} `past-deadline`, exit code 2. */
export function requireInTime({ deadline }: Proposal, { timestamp }: Pick<GovernedState, 'timestamp'>): void {
  if (timestamp <= BigInt(deadline)) return;
  throw wrong(
    `the proposal is past its deadline: it could be accepted until ${moment(BigInt(deadline))}, ` +
      `${relative(BigInt(deadline), timestamp)} by the chain's clock`,
    'make it anew with a later one: pegway governance propose --hours N',
    'past-deadline',
  );
}

/** @throws {PegwayError} `out-of-order`, exit code 2: signatures over the proposal count for one list of signers alone. */
export function requireList({ chain, listEpoch }: Proposal, state: Pick<GovernedState, 'listEpoch'>): void {
  if (BigInt(listEpoch) === state.listEpoch) return;
  throw wrong(
    `the proposal is for the list of signers of epoch ${listEpoch}; expected ${state.listEpoch}, the ${chain} bridge's present list`,
    'make it anew: pegway governance propose',
    'out-of-order',
  );
}

/** Requirements before a signature. */
export function requireSignable(proposal: Proposal, state: GovernedState): void {
  requireBridge(proposal, state);
  requireNext(proposal, state);
  requireList(proposal, state);
  requireInTime(proposal, state);
}

/** @throws {PegwayError} `waiting-for-signatures`, exit code 2: too few signatures; the message lists those that do not count. */
export function requireQuorum({ counting, strangers, invalid }: Counted, { signers, threshold }: GovernedState): void {
  if (counting.length >= threshold) return;
  const signed = new Set(counting.map(({ index }) => index));
  const missing = signers.filter((_, index) => !signed.has(index));
  const notCounted = [
    ...strangers.map((signer) => `${signer} is not a signer (any more)`),
    ...invalid.map((signer) => `the signature at ${signer} is not this signer's over this proposal`),
  ];
  throw wrong(
    [`signed by ${counting.length} signers, but ${threshold} must sign`, ...notCounted].join('\n  not counted: '),
    `have it signed (pegway governance sign) by ${threshold - counting.length} of ${missing.join(', ')}`,
    'waiting-for-signatures',
  );
}

/**
 * Requirements before the pending proposal is executed.
 * @throws {PegwayError} exit code 2 when it is another one or dead, 1 (`too-early`) when it is too early.
 */
export function requireExecutable(proposal: Proposal, state: GovernedState): void {
  requireBridge(proposal, state);
  const { pending, chain, timestamp } = state;
  if (pending === undefined) {
    throw wrong(
      `out of order: nothing is pending at the ${chain} bridge`,
      BigInt(proposal.nonce) < state.nonce
        ? 'the proposal was executed, replaced or cancelled'
        : 'submit it first: pegway governance submit',
      'out-of-order',
    );
  }
  if (pending.callsHash !== callsHash(proposal)) {
    throw wrong(
      `out of order: another proposal (nonce ${pending.nonce}) is pending at the ${chain} bridge`,
      'see it with: pegway governance show',
      'out-of-order',
    );
  }
  const expiresAt = pending.executableAt + EXECUTION_WINDOW;
  switch (stageOf(state)) {
    case 'signers-replaced':
      throw wrong(
        `the list of signers of the ${chain} bridge was replaced since it accepted the proposal; it can never be executed`,
        'propose it anew to the signers of now',
        'out-of-order',
      );
    case 'expired':
      throw wrong(
        `the proposal could be executed until ${moment(expiresAt)}, ${relative(expiresAt, timestamp)}`,
        'propose it anew',
        'past-deadline',
      );
    case 'waiting':
      throw new PegwayError(
        `the proposal can be executed from ${moment(pending.executableAt)}, ${relative(pending.executableAt, timestamp)}`,
        { code: 'too-early', hint: 'run the same command then; anybody may' },
      );
    default:
  }
}
