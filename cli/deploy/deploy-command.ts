import { type Command, InvalidArgumentError } from 'commander';

import type { Run } from '../io.ts';
import type { DeployerKey } from './deploy-from-file.ts';

const readKey = (text: string, before: readonly DeployerKey[]): DeployerKey[] => {
  const [, chain, uri = text] = /^([a-z0-9][a-z0-9-]*)=(.+)$/.exec(text) ?? [];
  if (uri === '') throw new InvalidArgumentError('expected URI, or CHAIN=URI');
  return [...before, { chain, uri }];
};

export function registerDeploy(program: Command, run: Run): void {
  program
    .command('deploy')
    .summary('bridges on their chains, from one file')
    .description(
      'Makes the chains what the file says: creates the bridges that are not there, and writes governance proposals for what ' +
        'only their signers can change. May be stopped at any moment and run again; run on finished chains it does nothing.',
    )
    .argument('<file>', 'the deployment, a JSON file')
    .option('--key <uri>', 'key that pays, for all chains or as CHAIN=URI for one; again for another', readKey, [])
    .option('--record <dir>', 'where it keeps its record; FILE.record next to the file when left out')
    .option('--dry-run', 'only show what would be done, with gas and cost', false)
    .option('--abandon <bridge>', 'plan this unfinished bridge anew; what was created of it is never used')
    .option('--json', 'the result as JSON on stdout', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway deploy boat.json --key keystore:deployer.json --dry-run\n\ndocs/deploying.md describes the file.',
    )
    .action(run(async () => (await import('./deploy-from-file.ts')).deployFromFile));
}
