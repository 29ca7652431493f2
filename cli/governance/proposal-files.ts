import { existsSync, readFileSync, renameSync } from 'node:fs';

import { sides } from '../../protocol/lane.ts';
import { wrong } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { type Proposal, digestOf, parseProposal } from './proposal.ts';
import { readShared } from './relayers.ts';
import { mergeProposals } from './signatures.ts';
import type { Operator } from './operator.ts';

/** Reads JSON. SECURITY: the file may come from another person. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong(`cannot read ${path}: ${(cause as Error).message}`, 'name a file that is there');
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrong(
      `${path} is not JSON: ${(cause as Error).message}`,
      'a proposal is a file made by: pegway governance propose',
    );
  }
}

/** @throws {PegwayError} exit code 2, naming the file's wrong field. */
export const readProposal = (path: string): Proposal => parseProposal(readJson(path));

/** Never overwrites a file: it may hold signatures. */
export function writeNewProposal(path: string, proposal: Proposal): void {
  if (existsSync(path)) throw wrong(`${path} is there already`, 'name another file with --out');
  writeProposal(path, proposal);
}

/** In one step, so that a crash leaves the old file or the new one. Creates the folder. */
export function writeProposal(path: string, proposal: Proposal): void {
  const next = `${path}.new`;
  writeOutput(next, `${JSON.stringify(proposal, undefined, 2)}\n`);
  renameSync(next, path);
}

/** A proposal, and the file that it came from; undefined when it came from the relayers. */
export interface Loaded {
  readonly proposal: Proposal;
  readonly file: string | undefined;
}

const isDigest = (text: string): boolean => /^0x[0-9a-f]{64}$/i.test(text);

/** Loads the proposal of each argument: a file, or the digest of a proposal that the relayers hold. */
export async function load(operator: Operator, names: readonly string[]): Promise<Loaded[]> {
  const shared = names.some(isDigest) ? await readShared(operator.relayerUrls) : [];
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
