import type { Command } from 'commander';

import { withTarget } from '../inspect/target-options.ts';
import { SENT } from '../attend.ts';
import type { Run } from '../io.ts';

const withOperator = (command: Command): Command =>
  withTarget(command)
    .option('--signer <index>', 'index of the devnet’s signer to act as', '0')
    .option('--json', 'print one JSON document', false);

const withPayer = (command: Command): Command =>
  withOperator(command).option('--payer <uri>', 'key of the account that pays; never that of a running relayer');

/** `pegway rewards …`: how fees are distributed to the signers (docs/rewards.md). */
export function registerRewards(program: Command, run: Run): void {
  const rewards = program
    .command('rewards')
    .summary('compute, publish and claim the rewards of the signers')
    .description(
      'Recomputes, compares, publishes and claims the rewards of the signers. Relayers publish by themselves; docs/rewards.md has the formula.',
    )
    .addHelpText('after', '\nExample:\n  pegway rewards verify --config relayer.json');

  withOperator(
    rewards
      .command('compute')
      .summary('recompute every finished period from the chains')
      .description(
        'Reads the events of both bridges through the configured nodes, with proofs, and prints each finished period.',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway rewards compute --config relayer.json --json')
    .action(
      run(async () => (await import('./compute-rewards.ts')).computeRewards, { waits: 'the blocks of the period' }),
    );

  withOperator(
    rewards
      .command('verify')
      .summary('check the published roots')
      .description(
        'Compares the published root of each token with a recomputation, and the promised total with the sum that Rewards holds and has paid. Exit status 1 on a difference.',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway rewards verify --config relayer.json')
    .action(
      run(async () => (await import('./verify-rewards.ts')).verifyRewards, { waits: 'the blocks of all periods' }),
    );

  withPayer(
    rewards
      .command('publish')
      .summary('publish the next period of each token')
      .description(
        'Recomputes the rewards, signs the next period with the configured key, asks the peers for their signatures, and publishes. Relayers do so by themselves; this is for a fleet whose accounts have no coins.',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway rewards publish --config relayer.json --payer keystore:coins.json')
    .action(
      run(async () => (await import('./publish-rewards.ts')).publishRewards, {
        waits: 'the blocks of the period and the relayers',
        leaves: SENT,
      }),
    );

  withPayer(
    rewards
      .command('claim')
      .summary('pay an account what it has earned')
      .description(
        'Claims everything that an account has earned and not claimed, in each token. Anyone may claim for any account: it is paid to the account’s own payout address.',
      )
      .argument('[account]', 'the account (default: that of the configured key)'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  pegway rewards claim 0x9C10…f9f8 --config relayer.json --payer keystore:coins.json',
    )
    .action(
      run(async () => (await import('./claim-rewards.ts')).claimRewards, { waits: 'the main chain', leaves: SENT }),
    );

  withPayer(
    rewards
      .command('payout')
      .summary('pay this signer’s rewards to another address')
      .description(
        'Names the address to which claims of the configured key are paid. The key signs the first one; later ones must be sent by the present payout address, so that a stolen signing key redirects nothing.',
      )
      .argument('<address>', 'the payout address, for example a hardware wallet'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  pegway rewards payout 0x9C10…f9f8 --config relayer.json --payer keystore:coins.json',
    )
    .action(run(async () => (await import('./set-payout.ts')).setPayout, { waits: 'the main chain', leaves: SENT }));
}
