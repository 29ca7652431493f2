import { type Command, Option } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerStatus(program: Command, run: Run): void {
  const command = program
    .command('status')
    .summary('show all signers at a glance')
    .description(
      'Queries each signer’s relayer and your own nodes: heads and lag, signatures, open transfers, pauses, pegs, funds, ' +
        'versions. Of several bridges, shows one line each; --bridge shows one in full. Exit status 1 if a relayer does not ' +
        'answer, a chain hangs, or too few signers are in sync to move transfers.',
    )
    .option('--api <url...>', 'public ports of relayers to query instead of a configuration’s')
    .option('--deployment <file>', 'deployment file: its operators’ relayers, with their names and contacts')
    .option('--problems', 'of several bridges, those with a problem only', false)
    .addOption(
      new Option('--sort <order>', 'order of several bridges')
        .choices(['worst', 'name', 'margin', 'open', 'oldest'])
        .default('worst'),
    )
    .option('--json', 'print one JSON document; amounts in base units', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway status --config relayer.json\n  pegway status --config relayer.json --problems\n  pegway status --api https://signer-a.example https://signer-b.example',
    )
    .action(run(async () => (await import('./status.ts')).status));
  withTarget(command);
}
