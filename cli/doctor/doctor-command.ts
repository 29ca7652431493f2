import { styleText } from 'node:util';

import type { Command } from 'commander';

import { readConfig } from '../../relayer/config.ts';
import { sides } from '../../protocol/lane.ts';
import { bridgeFindings } from './bridges.ts';
import type { Finding } from './finding.ts';
import { nodeFindings } from './nodes.ts';
import { signerFindings } from './signer.ts';
import { surroundingFindings } from './surroundings.ts';
import { openSides } from '../inspect/target.ts';
import { openOutput } from '../output.ts';

interface DoctorFlags {
  readonly config: string;
  readonly json: boolean;
}

const marks = { ok: '✔', warn: '!', bad: '✖' } as const;
const colours = { ok: 'green', warn: 'yellow', bad: 'red' } as const;

const line = ({ subject, check, outcome, found, hint }: Finding): string => {
  const mark = styleText(colours[outcome], marks[outcome], { stream: process.stdout });
  return `${mark} ${subject}: ${check}: ${found}${hint === undefined ? '' : `\n    → ${hint}`}`;
};

async function doctor({ config: file, json }: DoctorFlags): Promise<void> {
  const output = openOutput(json);
  const config = readConfig(file);
  await using chains = openSides(config);
  const count = { ok: 0, warn: 0, bad: 0 };
  const tell = (finding: Finding) => {
    count[finding.outcome]++;
    output.result(line(finding), finding);
  };

  const bridges = bridgeFindings(chains);
  let step = await bridges.next();
  for (; step.done !== true; step = await bridges.next()) tell(step.value);
  const states = step.value;

  for (const side of sides) {
    const checks = {
      ...{ chain: chains[side], config: config[side], productTokens: [...(states?.product.pegs.keys() ?? [])] },
      now: () => Date.now() / 1_000,
    };
    for await (const finding of nodeFindings(checks)) tell(finding);
  }
  for await (const finding of signerFindings(config, chains, states)) tell(finding);
  for await (const finding of surroundingFindings(config, states)) tell(finding);

  const verdict = count.bad > 0 ? 'do not go live yet' : count.warn > 0 ? 'fit, mind the warnings' : 'fit to go live';
  output.say(`${count.ok} right, ${count.warn} warnings, ${count.bad} wrong: ${verdict}`);
  if (count.bad > 0) process.exitCode = 1;
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('check everything before a signer goes live')
    .description(
      'Checks what a relayer will stand on: both bridges and that they agree, each node by itself (chain id, final blocks, log ' +
        'ranges, the last 100 blocks recomputed), keys and funds, queue, folder, peers, clock. Changes nothing; may run beside the ' +
        'relayer. Exit status 1 when something is wrong; warnings are none.',
    )
    .requiredOption('--config <file>', 'the signer’s configuration')
    .option('--json', 'one line of JSON a check', false)
    .addHelpText('after', '\nExample:\n  pegway doctor --config /etc/pegway/relayer.json')
    .action(doctor);
}
