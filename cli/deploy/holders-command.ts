import { type Command, InvalidArgumentError } from 'commander';

import type { Run } from '../io.ts';

const wholeNumber = (text: string): bigint => {
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError(`expected a whole number of blocks, found ${text}`);
};

const rangeOf = (text: string): bigint => {
  const blocks = wholeNumber(text);
  if (blocks > 0n) return blocks;
  throw new InvalidArgumentError('expected at least one block');
};

export function registerHolders(program: Command, run: Run): void {
  program
    .command('holders')
    .summary('who still holds a product token')
    .description(
      'Adds up the transfers of a bridge’s product tokens and shows who holds what. The sum must be the supply, so that nobody is ' +
        'overlooked. For the end of an old bridge: docs/upgrading.md.',
    )
    .argument('<file>', 'the deployment, a JSON file')
    .option('--bridge <name>', 'which bridge of the file; not needed when there is only one')
    .option('--peg <symbol>', 'only this product token')
    .option('--record <dir>', 'record of the deployment; FILE.record next to the file when left out')
    .option('--from-block <number>', 'where to begin; the bridge’s first block when left out', wholeNumber)
    .option('--log-range <blocks>', 'most blocks that one eth_getLogs may span at this node', rangeOf, 2_000n)
    .option('--json', 'one line of JSON a product token', false)
    .addHelpText('after', '\nExample:\n  pegway holders boat.json --bridge boat --peg BOAT')
    .action(run(async () => (await import('./holders.ts')).showHolders));
}
