import type { Command } from 'commander';

import { withOperator } from '../inspect/target-options.ts';
import { SENT, WRITTEN } from '../attend.ts';
import type { Run } from '../io.ts';
import { functionsOf } from '../../protocol/governance.ts';

const withSigning = (command: Command): Command =>
  withOperator(command)
    .option('--key <uri>', 'the signer’s key (default: the configuration’s)')
    .option('--no-share', 'do not leave the signature at the relayers')
    .option('--deployment <file>', 'also show what changes of this deployment file')
    .option('--yes', 'sign without confirmation', false);

const withWriting = (command: Command): Command =>
  withSigning(command)
    .option('--sign', 'sign it as well, and leave it at the relayers for the other signers', false)
    .option('--hours <n>', 'hours during which the bridge accepts it', '72');

const withProposal = (command: Command): Command =>
  withWriting(command).option('--out <file>', 'output file (default: proposal-CHAIN-NONCE.json)');

const withSending = (command: Command): Command =>
  withOperator(command)
    .option('--payer <uri>', 'key of the account that pays; never that of a running relayer')
    .option('--dry-run', 'run all checks; send nothing', false);

/** `pegway governance …`: how a quorum of signers changes the bridges. Steps: docs/governance.md. */
export function registerGovernance(program: Command, run: Run): void {
  const governance = program
    .command('governance')
    .summary('change the bridges with a quorum of signers')
    .description(
      'Proposes, signs, sends and executes changes of the bridges, and pauses them. Each signer is shown the changes before signing. The steps: docs/governance.md.',
    )
    .addHelpText('after', '\nExample:\n  pegway governance show');

  withOperator(
    governance
      .command('show')
      .summary('show pending proposals, their signatures and execution windows')
      .description(
        'Without files, shows both bridges, their pending proposals, and the proposals that the relayers hold; with files, those.',
      )
      .argument('[proposal...]', 'files, or digests of proposals that the relayers hold'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance show --config relayer.json')
    .action(run(async () => (await import('./show.ts')).showGovernance, { waits: 'bridges and relayers' }));

  withProposal(
    governance
      .command('propose')
      .summary('write a proposal that changes one bridge')
      .description(
        'Writes a proposal: calldata, its description and, with --json, the EIP-712 typed data. Amounts in base units, times in seconds.',
      )
      .argument('<chain>', 'main or product: the bridge to change')
      .argument('[function]', `one of ${functionsOf('main').join(', ')}`)
      .argument('[name=value...]', 'its arguments; lists separated by commas, "unlimited" for no limit'),
  )
    .option('--from <file>', 'file with several calls')
    .addHelpText(
      'after',
      `
Examples:
  pegway governance propose main setLimit productToken=0x… capacity=5000000000000000000000 refillPerSecond=100000000000000
  pegway governance propose product --from changes.json --out change.json`,
    )
    .action(
      run(async () => (await import('./propose.ts')).proposeChange, { waits: 'bridges and relayers', leaves: WRITTEN }),
    );

  withWriting(
    governance
      .command('rotate')
      .summary('write proposals that change the signers of both bridges')
      .description('Writes one proposal per bridge. Both are signed and sent together.'),
  )
    .option('--replace <old=new...>', 'signers to replace')
    .option('--add <address...>', 'signers to add')
    .option('--remove <address...>', 'signers to remove')
    .option('--threshold <n>', 'new threshold')
    .option('--out-dir <dir>', 'folder for the two files', '.')
    .addHelpText('after', '\nExample:\n  pegway governance rotate --replace 0xOLD=0xNEW --sign')
    .action(
      run(async () => (await import('./rotate.ts')).proposeRotation, {
        waits: 'bridges and relayers',
        leaves: WRITTEN,
      }),
    );

  withSigning(
    governance
      .command('sign')
      .summary('review proposals and sign them')
      .description(
        'Shows the old and new value of each change as read from the chains, asks for confirmation, signs with this signer’s key, and leaves the signature in the file and at the relayers. Without arguments, signs the proposals that the relayers hold.',
      )
      .argument('[proposal...]', 'files, or digests of proposals that the relayers hold'),
  )
    .addHelpText(
      'after',
      "\nExamples:\n  pegway governance sign\n  pegway governance sign proposal-main-0.json --key 'pkcs11:token=pegway;object=attest?…'",
    )
    .action(
      run(async () => (await import('./sign-proposals.ts')).signProposals, {
        waits: 'bridges and relayers',
        leaves: WRITTEN,
      }),
    );

  withSending(
    governance
      .command('submit')
      .alias('schedule')
      .summary('send signed proposals to their bridges')
      .description(
        'Collects the signatures of all files and of the relayers, runs the bridge’s checks, and sends. All but urgent changes then wait for governanceDelay.',
      )
      .argument(
        '[proposal...]',
        'files of one proposal, or of one per bridge, or digests (default: those at the relayers that a quorum has signed)',
      ),
  )
    .addHelpText('after', '\nExample:\n  pegway governance submit --payer keystore:coins.json')
    .action(
      run(async () => (await import('./submit-proposals.ts')).submitProposals, { waits: 'the chains', leaves: SENT }),
    );

  withSending(
    governance
      .command('execute')
      .summary('execute accepted proposals whose delay has elapsed')
      .description(
        'Executes accepted proposals within their window; any account may. Without files, executes the pending proposals of both bridges, with calls read from the chain. Before a change of signers it checks that enough relayers of the new signers answer.',
      )
      .argument('[proposal...]', 'files, or digests of proposals that the relayers hold'),
  )
    .option('--without-relayers', 'change signers even if too few of the new relayers answer', false)
    .addHelpText('after', '\nExample:\n  pegway governance execute --config relayer.json --payer keystore:coins.json')
    .action(run(async () => (await import('./execute.ts')).executeProposals, { waits: 'the chains', leaves: SENT }));

  withSending(
    governance
      .command('pause')
      .summary('pause a bridge, as any single signer')
      .description(
        'Signs and sends a pause of one or both bridges. A quorum can end it earlier (unpause) or prolong it.',
      )
      .argument('[chain...]', 'main, product (default: both)'),
  )
    .option('--key <uri>', 'the signer’s key (default: the configuration’s)')
    .option('--yes', 'pause without confirmation', false)
    .addHelpText('after', '\nExample:\n  pegway governance pause --config relayer.json --payer keystore:coins.json')
    .action(run(async () => (await import('./pause.ts')).pauseBridges, { waits: 'the chains', leaves: SENT }));

  withProposal(
    governance
      .command('cancel')
      .summary('write a proposal that cancels the pending one')
      .description('Writes an empty proposal. Once accepted, it cancels the pending proposal of that bridge.')
      .argument('<chain>', 'main or product'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance cancel main')
    .action(
      run(async () => (await import('./propose.ts')).proposeCancel, { waits: 'bridges and relayers', leaves: WRITTEN }),
    );

  withProposal(
    governance
      .command('unpause')
      .summary('write a proposal that ends a pause')
      .description('Writes a proposal that ends a bridge’s pause as soon as it is accepted.')
      .argument('[chain...]', 'main, product (default: those that are paused)'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance unpause --sign')
    .action(
      run(async () => (await import('./propose.ts')).proposeUnpause, {
        waits: 'bridges and relayers',
        leaves: WRITTEN,
      }),
    );
}
