import type { Command } from 'commander';

import type { Run } from '../io.ts';
import { functionsOf } from './administrative-functions.ts';

/** Adds the flags that select the bridge. */
const withOperator = (command: Command): Command =>
  command
    .option(
      '--config <file>',
      'configuration of a relayer: its nodes, bridges, peers and key; the devnet’s when left out',
    )
    .option('--data <dir>', 'folder of the devnet', '.pegway')
    .option('--signer <index>', 'which signer of the devnet to act as', '0')
    .option('--json', 'results as JSON on stdout', false);

const withProposal = (command: Command): Command =>
  withOperator(command)
    .option('--hours <n>', 'how long the bridge may accept it', '72')
    .option('--out <file>', 'where to write it; proposal-CHAIN-NONCE.json when left out');

const withSending = (command: Command): Command =>
  withOperator(command)
    .option('--payer <uri>', 'key of the account that pays; not that of a running relayer')
    .option('--dry-run', 'check everything and send nothing', false);

/** `pegway governance …`: how a quorum of signers changes the bridges. Steps: docs/governance.md. */
export function registerGovernance(program: Command, run: Run): void {
  const governance = program
    .command('governance')
    .summary('change the bridges by a quorum of signers')
    .description(
      'Proposes, signs, sends and executes changes of the bridges, and pauses them. Each signer sees what changes before signing. docs/governance.md has the steps.',
    )
    .addHelpText('after', '\nExample:\n  pegway governance show');

  withOperator(
    governance
      .command('show')
      .summary('what is pending, who has signed, when it can be executed')
      .description('Without files: both bridges, what is pending there and what the relayers hold. With files: those.')
      .argument('[proposal...]', 'files, or digests that the relayers hold'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance show --config relayer.json')
    .action(run(async () => (await import('./show.ts')).showGovernance));

  withProposal(
    governance
      .command('propose')
      .summary('write a proposal to change one bridge')
      .description(
        'Writes a proposal: call data, its words and, with --json, EIP-712 typed data. Amounts in base units, times in seconds.',
      )
      .argument('<chain>', 'main or product: the bridge to change')
      .argument('[function]', `one of ${functionsOf('main').join(', ')}`)
      .argument('[name=value...]', 'its arguments; lists with commas, "unlimited" for no limit'),
  )
    .option('--from <file>', 'several calls, from a file')
    .addHelpText(
      'after',
      `
Examples:
  pegway governance propose main setLimit productToken=0x… capacity=5000000000000000000000 refillPerSecond=100000000000000
  pegway governance propose product --from changes.json --out change.json`,
    )
    .action(run(async () => (await import('./propose.ts')).proposeChange));

  withOperator(
    governance
      .command('rotate')
      .summary('write the proposals that change the signers of both bridges')
      .description('Writes one proposal for each bridge whose signers change; both are signed and sent together.'),
  )
    .option('--replace <old=new...>', 'a new signer takes an old one’s place')
    .option('--add <address...>', 'new signers')
    .option('--remove <address...>', 'signers that go')
    .option('--threshold <n>', 'how many must sign from then on')
    .option('--hours <n>', 'how long the bridges may accept them', '72')
    .option('--out-dir <dir>', 'folder for the two files', '.')
    .addHelpText('after', '\nExample:\n  pegway governance rotate --replace 0xOLD=0xNEW --config relayer.json')
    .action(run(async () => (await import('./rotate.ts')).proposeRotation));

  withOperator(
    governance
      .command('sign')
      .summary('see what proposals change, and sign them')
      .description(
        'Shows what each proposal changes, from what to what, as the chains say; asks, signs with this signer’s key, and puts the signature into the file.',
      )
      .argument('<proposal...>', 'files, or digests of proposals that the relayers hold'),
  )
    .option('--key <uri>', 'the signer’s key; the configuration’s when left out')
    .option('--share', 'leave the signature at the relayers, too', false)
    .option('--yes', 'sign without asking', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway governance sign proposal-main-0.json --config relayer.json --key 'pkcs11:token=pegway;object=attest?…' --share",
    )
    .action(run(async () => (await import('./sign-proposals.ts')).signProposals));

  withSending(
    governance
      .command('submit')
      .alias('schedule')
      .summary('send signed proposals to their bridges')
      .description(
        'Brings the signatures of all files and of the relayers together, checks what the bridge will check, and sends. What is not urgent then waits for governanceDelay.',
      )
      .argument('<proposal...>', 'files of one proposal or of one for each bridge, or digests that the relayers hold'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  pegway governance submit rotate-main-0.json rotate-product-0.json --config relayer.json --payer keystore:coins.json',
    )
    .action(run(async () => (await import('./submit-proposals.ts')).submitProposals));

  withSending(
    governance
      .command('execute')
      .summary('execute what was accepted and has waited')
      .description(
        'Executes accepted proposals in their window; anybody may. Without files, what is pending at both bridges, its calls read from the chain. When signers change, first makes sure that enough of the new ones’ relayers answer.',
      )
      .argument('[proposal...]', 'files, or digests that the relayers hold'),
  )
    .option('--without-relayers', 'change signers although too few of the new ones’ relayers answer', false)
    .addHelpText('after', '\nExample:\n  pegway governance execute --config relayer.json --payer keystore:coins.json')
    .action(run(async () => (await import('./execute.ts')).executeProposals));

  withSending(
    governance
      .command('pause')
      .summary('stop a bridge for a while, as any one signer')
      .description('Signs and sends a pause of one bridge or both. A quorum ends it sooner (unpause) or later.')
      .argument('[chain...]', 'main, product; both when left out'),
  )
    .option('--key <uri>', 'the signer’s key; the configuration’s when left out')
    .option('--yes', 'pause without asking', false)
    .addHelpText('after', '\nExample:\n  pegway governance pause --config relayer.json --payer keystore:coins.json')
    .action(run(async () => (await import('./pause.ts')).pauseBridges));

  withProposal(
    governance
      .command('cancel')
      .summary('write a proposal that cancels what is pending')
      .description('Writes an empty proposal: accepted, it cancels what is pending at that bridge.')
      .argument('<chain>', 'main or product'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance cancel main')
    .action(run(async () => (await import('./propose.ts')).proposeCancel));

  withProposal(
    governance
      .command('unpause')
      .summary('write a proposal that ends a pause')
      .description('Writes a proposal that ends a bridge’s pause as soon as it is accepted.')
      .argument('<chain>', 'main or product'),
  )
    .addHelpText('after', '\nExample:\n  pegway governance unpause product')
    .action(run(async () => (await import('./propose.ts')).proposeUnpause));
}
