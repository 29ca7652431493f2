import type { Command } from 'commander';

import type { Run } from '../io.ts';

export function registerStatus(program: Command, run: Run): void {
  program
    .command('status')
    .summary('the signers at a glance')
    .description(
      'Asks each signer’s relayer where it stands: heads and lag, signatures, open transfers, pegs, funds. Exit status 1 when ' +
        'one does not answer.',
    )
    .option('--api <url...>', 'public ports of relayers, instead of a configuration')
    .option('--config <file>', 'a signer’s configuration: its own relayer and its peers are asked')
    .option('--data <dir>', 'folder of the devnet, when neither is given', '.pegway')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway status --config relayer.json\n  pegway status --api https://signer-a.example https://signer-b.example',
    )
    .action(run(async () => (await import('./status.ts')).status));
}
