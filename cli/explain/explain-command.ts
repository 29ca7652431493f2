import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerExplain(program: Command, run: Run): void {
  const command = program
    .command('explain')
    .summary('where a transfer is, and what it waits for')
    .description(
      'Tells of one transfer where it is, who has signed it, what it waits for, since when, and what happens next. Asks both ' +
        'chains and the signers’ relayers. Exit status 1 when there is no such transfer.',
    )
    .argument('<what...>', 'a transaction (deposit, redeem or execution), or: mint|withdraw PRODUCT_TOKEN NONCE')
    .option('--json', 'one line of JSON a transfer', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway explain 0x3b27…29dc\n  pegway explain mint BOAT 12 --config relayer.json',
    );
  withTarget(command).action(run(async () => (await import('./explain.ts')).explain));
}
