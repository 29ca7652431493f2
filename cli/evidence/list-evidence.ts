import { join } from 'node:path';

import type { Address } from 'viem';

import {
  type Equivocation,
  type Evidence,
  type EvidenceFile,
  evidenceFile,
  parseEvidence,
  verifyEvidence,
} from '../../protocol/equivocation.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { stringify } from '../../protocol/json.ts';
import { laneKey } from '../../protocol/lane.ts';
import { ask, askAll } from '../inspect/ask-relayers.ts';
import type { PlaceFlags } from '../inspect/find-config.ts';
import { readPaidToken } from '../inspect/paid-token.ts';
import { targetOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { describeEvidence } from './describe-evidence.ts';

interface EvidenceFlags extends PlaceFlags {
  readonly out?: string;
  readonly json: boolean;
}

interface Proven {
  readonly evidence: Evidence;
  readonly equivocation: Equivocation;
}

/** SECURITY: a relayer may answer anything, in any number. */
const MOST = 256;

/** @returns 1 when a relayer has evidence that holds, else 0. @throws {PegwayError} when no relayer answers. */
export async function listEvidence(flags: EvidenceFlags, io: Io): Promise<number> {
  const output = openOutput(flags.json, io);
  const { signers, relayers, config } = targetOf(flags, io);
  const answers = await output.waiting(
    'the relayers',
    askAll(
      relayers,
      (url, signal) => ask<{ readonly evidence: readonly EvidenceFile[] }>(url, '/v1/evidence', signal),
      (told) => 'value' in told,
    ),
  );

  const found = new Map<string, Proven>();
  for (const answer of answers) {
    if (!('value' in answer)) {
      output.say(`${answer.url}: ${'error' in answer ? answer.error : answer.reason}`);
      continue;
    }
    for (const one of [answer.value.evidence].flat().slice(0, MOST)) {
      try {
        const evidence = parseEvidence(one);
        const equivocation = await verifyEvidence(evidence);
        if (![config.main, config.product].some(({ bridge }) => bridge === evidence.destination.bridge)) continue;
        const key = `${equivocation.signer}-${laneKey(evidence)}`;
        if (!found.has(key)) found.set(key, { evidence, equivocation });
      } catch (error) {
        output.say(`${answer.url}: ${output.red('false evidence: ')}${messageOf(error)}`);
      }
    }
  }
  if (!answers.some((answer) => 'value' in answer)) {
    throw new PegwayError('no relayer has answered', { hint: 'pegway status shows which relayers can be reached' });
  }

  for (const [key, { evidence }] of flags.out === undefined ? [] : found) {
    const file = join(flags.out ?? '', `${key}.json`);
    writeOutput(file, `${stringify(evidenceFile(evidence), 2)}\n`);
    output.say(`wrote ${file}`);
  }
  const nameOf = (signer: Address) => signers.find(({ address }) => address === signer)?.name;
  const all = [...found.values()];
  const described = all.map(async ({ evidence, equivocation }) => {
    const token = flags.json ? undefined : await readPaidToken(config, evidence);
    return describeEvidence(evidence, equivocation, nameOf(equivocation.signer), token);
  });
  output.result(
    all.length === 0 ? 'no relayer has evidence against a signer' : (await Promise.all(described)).join('\n'),
    { evidence: all.map(({ evidence, equivocation }) => ({ ...equivocation, file: evidenceFile(evidence) })) },
  );
  return all.length === 0 ? 0 : 1;
}
