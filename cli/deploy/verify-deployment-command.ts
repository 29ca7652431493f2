import type { Command } from 'commander';

import type { Run } from '../io.ts';

export function registerVerifyDeployment(program: Command, run: Run): void {
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
    .action(run(async () => (await import('./verify.ts')).verifyDeployment));
}
