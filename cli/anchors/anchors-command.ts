import type { Command } from 'commander';

import { SENT } from '../attend.ts';
import { withOperator, withTarget } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

const withSigning = (command: Command): Command =>
  withOperator(command)
    .option('--key <uri>', 'the signer’s key (default: the configuration’s)')
    .option('--yes', 'sign without confirmation', false);

const withSending = (command: Command): Command =>
  withOperator(command).option('--payer <uri>', 'key of the account that pays; never that of a running relayer');

const WRITTEN = 'nothing was sent; the file of the correction stays';

export function registerAnchors(program: Command, run: Run): void {
  const anchor = program
    .command('anchor')
    .summary('show and correct the anchors of the product chain')
    .description('Shows the last anchor of the product chain on the main chain, and lets a quorum correct a wrong one.')
    .addHelpText('after', '\nExample:\n  pegway anchor status --config relayer.json');
  const status = anchor
    .command('status')
    .summary('show the last anchor, and how far each relayer has read')
    .description(
      'Reads the last anchor from the main chain and queries each relayer for the height up to which it has read the product ' +
        'chain. Exit status 1 if the last anchor is older than a day, a correction waits, or a relayer does not answer.',
    )
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway anchor status --config relayer.json')
    .action(run(async () => (await import('./anchor-status.ts')).anchorStatus, { waits: 'nodes and relayers' }));
  withTarget(status);

  withSigning(
    anchor
      .command('correct')
      .summary('write a correction of the last anchor, and sign it')
      .description(
        'Writes what the last anchor should be, as this signer’s relayer has read the product chain, shows it, and signs it after ' +
          'confirmation. A quorum signs the same file within a day. With the hashes of the last anchor itself, it withdraws a correction that waits.',
      )
      .argument('[number]', 'height to anchor in its place (default: that of the last anchor)'),
  )
    .option('--out <file>', 'output file (default: correction-NUMBER.json)')
    .addHelpText('after', '\nExample:\n  pegway anchor correct 1812 --out correction.json --config relayer.json')
    .action(
      run(async () => (await import('./correct.ts')).writeCorrection, { waits: 'nodes and relayers', leaves: WRITTEN }),
    );

  withSigning(
    anchor
      .command('sign')
      .summary('sign a correction')
      .description(
        'Compares a correction with the chains and with what this signer’s own relayer has read, shows it, and adds a signature to the file after confirmation.',
      )
      .argument('<file>', 'the correction'),
  )
    .addHelpText('after', '\nExample:\n  pegway anchor sign correction.json --config relayer.json')
    .action(
      run(async () => (await import('./correct.ts')).signCorrection, { waits: 'nodes and relayers', leaves: WRITTEN }),
    );

  withSending(
    anchor
      .command('submit')
      .summary('send a correction that a quorum has signed')
      .description(
        'Brings the signatures of all copies together and sends the correction. It then waits for governanceDelay.',
      )
      .argument('<file...>', 'the correction; several copies when signers signed apart'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  pegway anchor submit correction.json --config relayer.json --payer keystore:coins.json',
    )
    .action(
      run(async () => (await import('./submit-correction.ts')).submitCorrection, {
        waits: 'the main chain',
        leaves: SENT,
      }),
    );

  withSending(
    anchor
      .command('execute')
      .summary('put an accepted correction into effect')
      .description('Executes the correction that waits, once its delay has elapsed. Any account may.'),
  )
    .addHelpText('after', '\nExample:\n  pegway anchor execute --config relayer.json --payer keystore:coins.json')
    .action(
      run(async () => (await import('./submit-correction.ts')).executeCorrection, {
        waits: 'the main chain',
        leaves: SENT,
      }),
    );
}
