import type { Command } from 'commander';

import { describeDifference } from './differences.ts';
import { readDeployment, recordFolder } from './file.ts';
import { openJournal } from './journal.ts';
import { describePending } from './pending.ts';
import { verify } from './verify.ts';
import { green, openOutput, wrong } from '../output.ts';

interface VerifyFlags {
  readonly record?: string;
  readonly bridge?: readonly string[];
  readonly json: boolean;
}

export function registerVerifyDeployment(program: Command): void {
  program
    .command('verify-deployment')
    .summary('whether the chains are as the deployment file says')
    .description(
      'Reads all bridges of the file and reports every difference, code of another build than this one included. ' +
        'Exit status 1 when there is any. Says also what is pending: who signed it, when it can be executed, which differences ' +
        'it closes or opens.',
    )
    .argument('<file>', 'the deployment, a JSON file')
    .option('--record <dir>', 'record of the deployment; FILE.record next to the file when left out')
    .option('--bridge <name...>', 'only these bridges of the file')
    .option('--json', 'one line of JSON a difference, and one a pending proposal', false)
    .addHelpText('after', '\nExample:\n  pegway verify-deployment boat.json')
    .action(async (file: string, flags: VerifyFlags) => {
      const output = openOutput(flags.json);
      const deployment = readDeployment(file);
      const journal = openJournal(flags.record ?? recordFolder(file));
      const known = [...deployment.bridges.map(({ name }) => name), ...Object.keys(journal.pairs())];
      const unknown = flags.bridge?.find((name) => !known.includes(name));
      if (unknown !== undefined) {
        throw wrong(
          `--bridge: neither file nor record has ${unknown}`,
          `expected one of ${[...new Set(known)].join(', ')}`,
        );
      }
      const verified = await verify(deployment, journal);
      const isMeant = ({ bridge }: { readonly bridge: string }) => flags.bridge?.includes(bridge) ?? true;
      const differences = verified.differences.filter(isMeant);
      for (const difference of differences) output.result(describeDifference(difference), difference);
      if (differences.length > 0) process.exitCode = 1;
      else if (!output.json) {
        const names = flags.bridge ?? deployment.bridges.map(({ name }) => name);
        output.result(green(`${names.join(', ')}: as the file says`), {});
      }
      for (const { bridge, side, now: _, ...pending } of verified.pending.filter(isMeant)) {
        output.result(describePending({ bridge, side, now: _, ...pending }), { bridge, side, pending });
      }
    });
}
