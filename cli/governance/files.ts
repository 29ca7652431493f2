import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { wrong } from '../output.ts';
import { type Proposal, parseProposal } from './proposal.ts';

/** Reads JSON that somebody else may have written. */
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

/** Refuses to write over what is there: it may hold signatures. */
export function writeNewProposal(path: string, proposal: Proposal): void {
  if (existsSync(path)) throw wrong(`${path} is there already`, 'name another file with --out');
  writeProposal(path, proposal);
}

/** In one step, so that a crash leaves the old file or the new one. */
export function writeProposal(path: string, proposal: Proposal): void {
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify(proposal, undefined, 2)}\n`);
  renameSync(next, path);
}
