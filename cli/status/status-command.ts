import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerStatus(program: Command, run: Run): void {
  const command = program
    .command('status')
    .summary('show all signers at a glance')
    .description(
      'Queries each signer’s relayer: heads and lag, signatures, open transfers, pegs, funds. Exit status 1 if a relayer does ' +
        'not answer.',
    )
    .option('--api <url...>', 'public ports of relayers to query instead of a configuration’s')
    .option('--json', 'print one line of JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway status --config relayer.json\n  pegway status --api https://signer-a.example https://signer-b.example',
    )
    .action(run(async () => (await import('./status.ts')).status));
  withTarget(command);
}
