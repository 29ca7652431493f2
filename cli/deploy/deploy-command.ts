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
    .summary('deploy bridges from one file')
    .description(
      'Brings the chains to the state that the file describes: creates missing bridges, and writes governance proposals for ' +
        'changes that only signers can make. Safe to stop and repeat at any moment; without differences it does nothing.',
    )
    .argument('<file>', 'the deployment file (JSON)')
    .option('--key <uri>', 'key that pays, for all chains or as CHAIN=URI for one; repeatable', readKey, [])
    .option('--record <dir>', 'folder of the record (default: FILE.record next to the file)')
    .option('--yes', 'create new bridges without confirmation at a terminal', false)
    .option('--dry-run', 'show the planned transactions with gas and cost; send nothing', false)
    .option('--abandon <bridge>', 'plan this unfinished bridge again; contracts already created for it stay unused')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway deploy boat.json --key keystore:deployer.json --dry-run\n\ndocs/deploying.md describes the file.',
    )
    .action(
      run(async () => (await import('./deploy-from-file.ts')).deployFromFile, {
        waits: 'the chains',
        leaves: 'contracts that were sent stay on the chains; run the same command again, and it continues',
      }),
    );
}
