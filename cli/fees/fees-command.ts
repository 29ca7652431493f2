import { type Command, Option } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import { SENT } from '../attend.ts';
import type { Run } from '../io.ts';

const withOperator = (command: Command): Command =>
  withTarget(command)
    .option('--peg <symbol>', 'only this peg, by the symbol or address of its product token')
    .option('--json', 'print one JSON array', false)
    // One bridge has the same fees for every signer.
    .addOption(new Option('--signer <index>').default('0').hideHelp());

/** `pegway fees …`: what the bridges take, what they should take, and sending it to `Rewards`. */
export function registerFees(program: Command, run: Run): void {
  const fees = program
    .command('fees')
    .summary('show, suggest and collect the fees of a bridge')
    .description(
      'Shows the fees of both bridges, suggests fees that cover the gas of the signers, and collects the pots.',
    )
    .addHelpText('after', '\nExample:\n  pegway fees show');

  withOperator(
    fees
      .command('show')
      .summary('show fees, maximums, pots and pending changes')
      .description(
        'Shows for each peg and side the fee, its immutable maximum, the fee pot, and what a pending proposal changes.',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway fees show --config relayer.json')
    .action(run(async () => (await import('./show.ts')).showFees, { waits: 'both bridges' }));

  withOperator(
    fees
      .command('suggest')
      .summary('suggest fees that pay for the gas of a transfer')
      .description(
        'Derives a flat fee from the gas of a mint and a withdrawal, the present gas prices, and prices that you pass in one ' +
          'currency of your choice. Prints the command and the call data of the proposal; sends nothing.',
      ),
  )
    .option('--main-coin <price>', 'price of one coin of the main chain')
    .option('--product-coin <price>', 'price of one coin of the product chain; not needed where gas is free')
    .option('--token <symbol=price...>', 'price of one main token; not needed for the coin')
    .option('--main-gas-price <gwei>', 'instead of the present one: that of a busy day')
    .option('--product-gas-price <gwei>', 'the same for the product chain')
    .option('--batch <n>', 'how many transfers usually share a transaction', '1')
    .option('--margin <percent>', 'on top, for collecting, bounces and price changes', '25')
    .addHelpText('after', '\nExample:\n  pegway fees suggest --main-coin 3000 --token SMENT=0.12 --main-gas-price 20')
    .action(run(async () => (await import('./suggest.ts')).suggestFees, { waits: 'both chains' }));

  withOperator(
    fees
      .command('collect')
      .summary('send the fee pots to the rewards contract')
      .description(
        'Sends collectFees on the main chain and departFees on the product chain for every pot that has reached its minimum. ' +
          'Relayers do this by themselves; anyone may. Exit status 2 when no pot has.',
      ),
  )
    .option('--side <side>', 'only main or only product')
    .option('--payer <uri>', 'key of the account that pays; never that of a running relayer')
    .option('--dry-run', 'show what would be sent; send nothing', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway fees collect --peg BOAT --config relayer.json --payer keystore:coins.json',
    )
    .action(run(async () => (await import('./collect.ts')).collectFees, { waits: 'the chains', leaves: SENT }));
}
