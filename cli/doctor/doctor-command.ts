import type { Command } from 'commander';

import type { Run } from '../io.ts';

export function registerDoctor(program: Command, run: Run): void {
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
    .action(run(async () => (await import('./doctor.ts')).doctor));
}
