import type { Address, Hex } from 'viem';

import { type IndexedSignature, encodeSignatures } from '../../protocol/attestation.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import { wrong } from '../output.ts';
import { type Proposal, type ProposalSignature, digestOf } from './proposal.ts';
import type { GovernedState } from './governed-state.ts';

/** The signatures of one proposal, sorted by their validity at its bridge now. */
export interface Counted {
  /** Valid ones of current signers, by their index. */
  readonly counting: readonly IndexedSignature[];
  /** Accounts with a valid signature that are not (or no longer) signers. */
  readonly strangers: readonly Address[];
  /** Accounts named beside a signature that is not theirs over this proposal. */
  readonly invalid: readonly Address[];
}

export async function countSignatures(
  proposal: Proposal,
  { signers }: Pick<GovernedState, 'signers'>,
): Promise<Counted> {
  const digest = digestOf(proposal);
  const counting = new Map<number, IndexedSignature>();
  const strangers = new Set<Address>();
  const invalid = new Set<Address>();
  for (const { signer, signature } of proposal.signatures) {
    const index = signers.indexOf(signer);
    if ((await recoverSigner(digest, signature)) !== signer) invalid.add(signer);
    else if (index < 0) strangers.add(signer);
    else counting.set(index, { index, signature });
  }
  const sorted = [...counting.values()].sort((a, b) => a.index - b.index);
  return { counting: sorted, strangers: [...strangers], invalid: [...invalid] };
}

/** As `propose` of the bridge takes them. More than the threshold would only cost gas. */
export const packSignatures = ({ counting }: Counted, threshold: number): Hex =>
  encodeSignatures(counting.slice(0, threshold));

/** The same proposal with one more signature; a second one of the same signer replaces the first. */
export const withSignature = (proposal: Proposal, added: ProposalSignature): Proposal => ({
  ...proposal,
  signatures: [...proposal.signatures.filter(({ signer }) => signer !== added.signer), added],
});

/**
 * Merges the signatures of several copies of one proposal.
 * @throws {PegwayError} exit code 2 when they are not the same proposal.
 */
export function mergeProposals(copies: readonly Proposal[]): Proposal {
  const [first, ...others] = copies;
  if (first === undefined) throw wrong('no proposal is named', 'name its file');
  for (const other of others) {
    if (digestOf(other) === digestOf(first)) continue;
    throw wrong(
      `two different proposals for the ${first.chain} bridge: ${digestOf(first)} and ${digestOf(other)}`,
      'signatures can be brought together only when everybody signed the same file',
    );
  }
  return others.flatMap(({ signatures }) => signatures).reduce(withoutLosing, first);
}

/** A wrong signature in one copy must not push out the right one of another: both are kept, and counting sorts them. */
const withoutLosing = (proposal: Proposal, added: ProposalSignature): Proposal =>
  proposal.signatures.some(({ signer, signature }) => signer === added.signer && signature === added.signature)
    ? proposal
    : { ...proposal, signatures: [...proposal.signatures, added] };
