import { type Command, InvalidArgumentError, Option } from 'commander';

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
    .summary('list the holders of a product token')
    .description(
      'Adds up the transfers of a bridge’s product tokens and prints each holder’s balance. Fails unless the balances sum to the ' +
        'supply, so that no holder is missed. Needed to retire an old bridge: docs/upgrading.md.',
    )
    .argument('<file>', 'the deployment file (JSON)')
    .option('--bridge <name>', 'bridge of the file; optional if it has only one')
    .option('--peg <symbol>', 'only this product token')
    .option('--record <dir>', 'folder of the record (default: FILE.record next to the file)')
    .option('--from-block <number>', 'first block (default: the block that created the bridge)', wholeNumber)
    .addOption(
      new Option('--log-range <blocks>', 'blocks per eth_getLogs request').argParser(rangeOf).default(2_000n, '2000'),
    )
    .option('--json', 'print the product tokens as one JSON array', false)
    .addHelpText('after', '\nExample:\n  pegway holders boat.json --bridge boat --peg BOAT')
    .action(run(async () => (await import('./holders.ts')).showHolders, { waits: 'the token’s transfers' }));
}
