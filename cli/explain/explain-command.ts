import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerExplain(program: Command, run: Run): void {
  const command = program
    .command('explain')
    .summary('show where a transfer is, and what it waits for')
    .description(
      'Shows the state of one transfer, the signers that have signed it, what it waits for, since when, and what happens next. ' +
        'Queries both chains and the signers’ relayers. Exit status 1 if there is no such transfer.',
    )
    .argument('<what...>', 'hash of a deposit, redeem or execution, or: deposit|redeem PRODUCT_TOKEN NONCE')
    .option('--json', 'print the transfers as one JSON array', false)
    .addHelpText(
      'after',
      '\nExamples:\n  pegway explain 0x3b27…29dc\n  pegway explain deposit BOAT 12 --config relayer.json',
    );
  withTarget(command).action(
    run(async () => (await import('./explain.ts')).explain, { waits: 'both chains and the relayers' }),
  );
}
