import { readFile } from 'node:fs/promises';

import { parseEvidenceText, verifyEvidence } from '../../protocol/equivocation.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { describeEvidence } from './describe-evidence.ts';

/** @throws {PegwayError} `evidence-invalid` unless one key has signed both statements, and they contradict each other. */
export async function verifyFile(file: string, { json }: { readonly json: boolean }, io: Io): Promise<void> {
  const evidence = parseEvidenceText(await textOf(file));
  const proven = await verifyEvidence(evidence);
  const text = `${describeEvidence(evidence, proven, undefined)}\nCompare the signer with the bridge’s list: pegway governance show`;
  openOutput(json, io).result(text, { holds: true, ...proven });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const hint = 'name a file of pegway evidence list --out';
    throw new PegwayError(`cannot read ${file}: ${messageOf(cause)}`, { cause, exitCode: 2, hint });
  }
}
