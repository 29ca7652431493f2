import { sides } from '../../protocol/lane.ts';
import { wrong } from '../output.ts';
import { readProposal } from './files.ts';
import { type Proposal, digestOf } from './proposal.ts';
import { readShared } from './relayers.ts';
import { mergeProposals } from './signatures.ts';
import type { Target } from './target.ts';

/** A proposal, and the file that it came from; undefined when it came from the relayers. */
export interface Loaded {
  readonly proposal: Proposal;
  readonly file: string | undefined;
}

const isDigest = (text: string): boolean => /^0x[0-9a-f]{64}$/i.test(text);

/** What each argument names: a file, or the digest of a proposal that the relayers hold. */
export async function load(target: Target, names: readonly string[]): Promise<Loaded[]> {
  const shared = names.some(isDigest) ? await readShared(target.relayerUrls) : [];
  return names.map((name) => {
    if (!isDigest(name)) return { proposal: readProposal(name), file: name };
    const proposal = shared.find((one) => digestOf(one) === name.toLowerCase());
    if (proposal !== undefined) return { proposal, file: undefined };
    throw wrong(
      `no relayer that answers holds the proposal ${name}`,
      'see what they hold with: pegway governance show',
    );
  });
}

/**
 * One proposal a bridge: the copies of several signers brought together, product chain first, because a new peg is opened
 * there first.
 * @throws {PegwayError} exit code 2 when two different proposals are for one bridge.
 */
export function oneForEachBridge(loaded: readonly Loaded[]): Proposal[] {
  return sides.toReversed().flatMap((side) => {
    const copies = loaded.flatMap(({ proposal }) => (proposal.chain === side ? [proposal] : []));
    return copies.length === 0 ? [] : [mergeProposals(copies)];
  });
}
