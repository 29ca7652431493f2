import type { Hex } from 'viem';

import { readBefore } from './read-before.ts';
import { type Change, changesOf, describeChange } from './changes.ts';
import { type Proposal, digestOf, runsAtOnce, typedDataOf } from './proposal.ts';
import { type Counted, countSignatures } from './signatures.ts';
import type { GovernedState } from './governed-state.ts';
import type { Operator } from './operator.ts';
import { duration, moment, relative } from './chain-time.ts';

/** A proposal in the present state of its bridge. */
export interface Described {
  readonly proposal: Proposal;
  readonly digest: Hex;
  readonly calls: readonly { readonly function: string; readonly changes: readonly Change[] }[];
  readonly counted: Counted;
  /** For people. */
  readonly text: string;
}

const effectOf = (proposal: Proposal, { delays }: GovernedState): string => {
  if (proposal.calls.length === 0) return 'cancels the pending proposal as soon as it is accepted';
  if (runsAtOnce(proposal)) return 'runs as soon as it is accepted';
  return `can be executed ${duration(BigInt(delays.governanceDelay))} after it is accepted, for 7 days`;
};

function signatureLines({ counting, strangers, invalid }: Counted, { signers, threshold }: GovernedState): string[] {
  return [
    `signed by ${counting.length} of the ${threshold} needed`,
    ...counting.map(({ index }) => `  signer ${index}  ${signers[index] ?? ''}`),
    ...strangers.map((signer) => `  not counted: ${signer} is not a signer (any more)`),
    ...invalid.map((signer) => `  not counted: the signature at ${signer} is not this signer's over this proposal`),
  ];
}

/** Each call of a proposal with its changes to the present state of the bridge. */
export const readChangesOf = (
  operator: Operator,
  { calls }: Proposal,
  state: GovernedState,
): Promise<Described['calls']> =>
  Promise.all(
    calls.map(async (call) => ({
      function: call.function,
      changes: changesOf(call, await readBefore(operator, state, call)),
    })),
  );

export const changeLines = (calls: Described['calls']): string[] =>
  calls.flatMap(({ function: name, changes }) => [
    name,
    ...(changes.length === 0 ? ['  changes nothing'] : changes.map((change) => `  ${describeChange(change)}`)),
  ]);

/**
 * Reads the state that the proposal changes, and describes the proposal as text.
 * @param accepted True when the bridge has accepted it: deadline and signatures no longer matter.
 */
export async function describe(
  operator: Operator,
  proposal: Proposal,
  state: GovernedState,
  accepted = false,
): Promise<Described> {
  const counted = await countSignatures(proposal, state);
  const calls = await readChangesOf(operator, proposal, state);
  const digest = digestOf(proposal);
  const deadline = BigInt(proposal.deadline);
  const asked = [
    `  can be accepted until ${moment(deadline)}, ${relative(deadline, state.timestamp)}`,
    `  ${effectOf(proposal, state)}`,
  ];
  const signed = [
    ...(state.pending === undefined || runsAtOnce(proposal)
      ? []
      : [`  takes the place of proposal ${state.pending.nonce}, which is pending`]),
    `  digest ${digest}`,
    ...signatureLines(counted, state).map((line) => `  ${line}`),
  ];
  const lines = [
    `Proposal ${proposal.nonce} for the ${proposal.chain} bridge ${proposal.bridge} on chain ${proposal.chainId}`,
    ...(accepted ? [] : asked),
    ...changeLines(calls).map((line) => `  ${line}`),
    ...(accepted ? [] : signed),
  ];
  return { proposal, digest, calls, counted, text: lines.join('\n') };
}

/** The value that `--json` prints. */
export const toValue = ({ proposal, digest, calls, counted }: Described, { signers, threshold }: GovernedState) => ({
  chain: proposal.chain,
  bridge: proposal.bridge,
  chainId: proposal.chainId,
  nonce: proposal.nonce,
  deadline: proposal.deadline,
  runsAtOnce: runsAtOnce(proposal),
  calls: calls.map((call, index) => ({ ...call, args: proposal.calls[index]?.args })),
  digest,
  typedData: typedDataOf(proposal),
  signedBy: counted.counting.map(({ index }) => ({ index, address: signers[index] })),
  notCounted: [...counted.strangers, ...counted.invalid],
  threshold,
});
