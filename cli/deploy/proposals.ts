import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { encodeAbiParameters, keccak256, parseAbiParameters } from 'viem';

import { readJsonFile } from '../../relayer/config.ts';
import type { Side } from '../../protocol/lane.ts';
import { type Proposal, createProposal, dataOf, parseProposal } from '../governance/proposal.ts';
import type { Change, Difference } from './differences.ts';
import { writeDurably } from './journal.ts';
import type { BridgeReading } from './read-bridge.ts';

/** Signing deadline: an older proposal must be created again. */
const ACCEPTED_SECONDS = 14n * 86_400n;

/** A proposal for a bridge's signers, and its state. */
export interface WrittenProposal {
  readonly bridge: string;
  readonly side: Side;
  readonly file: string;
  readonly proposal: Proposal;
  /**
   * `written`: by this run. `kept`: the file existed, with its signatures. `accepted`: a quorum has signed, and the
   * bridge waits until it can be executed.
   */
  readonly state: 'written' | 'kept' | 'accepted';
}

/** The changes that resolve these differences, without duplicates. */
export function changesOf(differences: readonly Difference[]): Change[] {
  const changes = differences.flatMap(({ change }) => (change === undefined ? [] : [change]));
  const unique = new Map(changes.map((change) => [JSON.stringify(change), change]));
  // New signers last: the present signers sign all earlier calls.
  return [...unique.values()].sort((a, b) => Number(a.function === 'setSigners') - Number(b.function === 'setSigners'));
}

/**
 * Writes a proposal to a bridge's signers as a file for `pegway governance sign`. A file with the same request is kept,
 * since it may hold signatures.
 */
export function writeProposal(
  directory: string,
  bridge: string,
  reading: BridgeReading,
  changes: readonly Change[],
): WrittenProposal {
  const { side, chainId, address, governanceNonce, listEpoch, timestamp, pending } = reading;
  const request = { chain: side, chainId, bridge: address, listEpoch, nonce: governanceNonce, calls: changes };
  const proposal = createProposal({ ...request, deadline: timestamp + ACCEPTED_SECONDS });
  const hash = keccak256(encodeAbiParameters(parseAbiParameters('bytes[]'), [dataOf(proposal)]));
  const named = (nonce: bigint) => join(directory, 'proposals', `${bridge}-${side}-${nonce}.json`);
  if (hash === pending?.callsHash) {
    return { bridge, side, file: named(pending.nonce), proposal, state: 'accepted' };
  }

  const file = named(governanceNonce);
  const kept = readKept(file);
  if (kept !== undefined && isSame(kept, proposal) && BigInt(kept.deadline) > timestamp) {
    return { bridge, side, file, proposal: kept, state: 'kept' };
  }
  mkdirSync(join(directory, 'proposals'), { recursive: true });
  writeDurably(file, `${JSON.stringify(proposal, undefined, 2)}\n`);
  return { bridge, side, file, proposal, state: 'written' };
}

const readKept = (file: string): Proposal | undefined =>
  existsSync(file) ? parseProposal(readJsonFile(file, 'the proposal', 'delete it to have it made anew')) : undefined;

const isSame = (a: Proposal, b: Proposal): boolean =>
  a.bridge === b.bridge && a.listEpoch === b.listEpoch && dataOf(a).join() === dataOf(b).join();
