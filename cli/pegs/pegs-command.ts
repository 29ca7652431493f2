import type { Command } from 'commander';

import { withPair } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerPegs(program: Command, run: Run): void {
  const pegs = program
    .command('pegs')
    .summary('list the pegs of a bridge')
    .description(
      'Lists each peg: its rate, and for both directions the minimum, the fee and the amount that may leave now.',
    )
    .option('--symbols', 'print the symbols alone, one a line: for the completion of a shell', false)
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway pegs --config config.json');
  withPair(pegs).action(run(async () => (await import('./show-pegs.ts')).showPegs));

  const balance = program
    .command('balance')
    .summary('show the tokens and coins of an account on both chains')
    .description('Shows what an account holds of every peg’s two tokens, and the coins that pay for its gas.')
    .argument('[address]', 'the account (default: that of --key)')
    .option('--key <uri>', 'the key of the account')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway balance 0x1234… --config config.json');
  withPair(balance).action(run(async () => (await import('./show-balance.ts')).showBalance));
}
