import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import { SENT } from '../attend.ts';
import type { Run } from '../io.ts';

const withBridge = (command: Command): Command =>
  withTarget(command).option('--json', 'print one JSON document', false);

const withKey = (command: Command): Command =>
  command.option('--key <uri>', 'key of the account that claims and pays the gas; docs/keys.md has the URIs');

/** `pegway exit …`: what holders can do when the signers are gone (docs/exit.md). */
export function registerExit(program: Command, run: Run): void {
  const exit = program
    .command('exit')
    .summary('get your tokens out when the signers are gone')
    .description(
      'Shows how far away an exit is, opens and closes exits, and registers and pays claims, from public nodes and a snapshot. docs/exit.md explains the steps.',
    )
    .addHelpText('after', '\nExample:\n  pegway exit status');

  withBridge(
    exit
      .command('status')
      .summary('show how far away an exit is, and what can be done now')
      .description(
        'Shows the last sign of life of the signers, the windows, the settled block, and the claims of each peg.',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway exit status --config relayer.json')
    .action(run(async () => (await import('./status.ts')).showExitStatus, { waits: 'both chains' }));

  withKey(
    withBridge(
      exit
        .command('open')
        .summary('announce the exits')
        .description('Announces the exits, once the signers were silent for exitDelay. Any account may.'),
    ),
  )
    .addHelpText('after', '\nExample:\n  pegway exit open --config relayer.json --key keystore:holder.json')
    .action(run(async () => (await import('./phases.ts')).openExitsNow, { waits: 'the main chain', leaves: SENT }));

  withKey(
    withBridge(
      exit
        .command('close')
        .summary('halt the bridge for ever')
        .description(
          'Halts the bridge, a notice period after the announcement without a sign of life. Any account may.',
        ),
    ),
  )
    .addHelpText('after', '\nExample:\n  pegway exit close --config relayer.json --key keystore:holder.json')
    .action(run(async () => (await import('./phases.ts')).closeBridge, { waits: 'the main chain', leaves: SENT }));

  withKey(
    withBridge(
      exit
        .command('advance')
        .summary('settle as of the newest block that the signers attested')
        .description(
          'Finds the newest attested batch of withdrawals in the calls of the main bridge and shows it, so that redeems which were paid do not count as balances, too. In the days after the bridge was closed. Any account may.',
        ),
    ),
  )
    .addHelpText('after', '\nExample:\n  pegway exit advance --config relayer.json --key keystore:holder.json')
    .action(run(async () => (await import('./phases.ts')).advanceExits, { waits: 'both chains', leaves: SENT }));

  withBridge(
    exit
      .command('snapshot')
      .summary('keep the proofs that claims need')
      .description(
        'Proves the balances and transfers of all holders at the last anchored block, and writes them to a file. Nodes forget old states within minutes or hours; relayers keep snapshots as well. Needs no key.',
      ),
  )
    .option('--out <file>', 'output file (default: exit-snapshot-BLOCK.json)')
    .option('--block <number>', 'another block: the source block of the newest withdrawal, to which exits can move')
    .addHelpText('after', '\nExample:\n  pegway exit snapshot --out snapshot.json')
    .action(
      run(async () => (await import('./snapshot.ts')).takeExitSnapshot, {
        waits: 'the product chain',
        leaves: 'no snapshot was written',
      }),
    );

  withKey(
    withBridge(
      exit
        .command('register')
        .summary('register everything that an account is owed')
        .description(
          'Registers balances, deposits that did not arrive and redeems that were not paid, with the proofs of a snapshot of the settled block.',
        ),
    ),
  )
    .requiredOption('--snapshot <file>', 'a snapshot of the block that `pegway exit status` names')
    .option('--payout <address>', 'account that is paid (default: the account itself)')
    .option('--account <address>', 'a contract that named an address in ExitAddress, in place of the key’s account')
    .option('--signature <hex>', 'signature (ERC-1271) of a contract that deposited, for --payout')
    .addHelpText(
      'after',
      '\nExample:\n  pegway exit register --snapshot snapshot.json --config relayer.json --key keystore:holder.json',
    )
    .action(run(async () => (await import('./register.ts')).registerExits, { waits: 'both chains', leaves: SENT }));

  withKey(
    withBridge(
      exit
        .command('claim')
        .summary('pay the registered claims of an account')
        .description('Pays each registered claim of an account to the address it was registered for. Any account may.')
        .argument('[account]', 'the account (default: that of the key)'),
    ),
  )
    .addHelpText('after', '\nExample:\n  pegway exit claim --config relayer.json --key keystore:holder.json')
    .action(run(async () => (await import('./claim.ts')).claimExits, { waits: 'the main chain', leaves: SENT }));
}
