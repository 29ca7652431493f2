import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

export function registerReceipt(program: Command, run: Run): void {
  const command = program
    .command('receipt')
    .summary('print the receipt of a transfer, verified')
    .description(
      'Prints the receipt of one transfer that has ended (docs/receipt.md), as a file for anyone to verify. Asks the signers’ ' +
        'relayers one after another, verifies what they answer, and names each one without a receipt that holds. Exit status 1 ' +
        'if no relayer has one.',
    )
    .argument('<what...>', 'hash of a deposit, redeem or execution, or: deposit|redeem PRODUCT_TOKEN NONCE')
    .option('--anchored', 'accept only a receipt that proves the product chain’s blocks by an anchor', false)
    .option(
      '--through <bridge...>',
      'also prove the main chain from outer chains, in a chain of bridges: their configurations, or names of bridges of the same configuration or devnet, from the inside out',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  pegway receipt 0x3b27…29dc > receipt.json\n  pegway receipt deposit BOAT 12 --config relayer.json > receipt.json\n  pegway receipt deposit BOAT 12 --config inner.json --through outer.json > receipt.json',
    );
  withTarget(command).action(run(async () => (await import('./receipt.ts')).printReceipt));
}
