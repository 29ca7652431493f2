import type { Command } from 'commander';

import type { Run } from '../io.ts';

export function registerVerifyDeployment(program: Command, run: Run): void {
  program
    .command('verify-deployment')
    .summary('compare the chains with the deployment file')
    .description(
      'Reads all bridges of the file and reports every difference, including code that differs from this build. Exit status 1 on ' +
        'any difference. Also reports pending proposals: their signers, execution window, and the differences they close or open.',
    )
    .argument('<file>', 'the deployment file (JSON)')
    .option('--record <dir>', 'folder of the record (default: FILE.record next to the file)')
    .option('--bridge <name...>', 'only these bridges of the file')
    .option('--json', 'print differences and pending proposals as one JSON array', false)
    .addHelpText('after', '\nExample:\n  pegway verify-deployment boat.json')
    .action(run(async () => (await import('./verify.ts')).verifyDeployment, { waits: 'both bridges' }));
}
