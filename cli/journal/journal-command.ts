import type { Command } from 'commander';

import { withBridge } from '../inspect/target-options.ts';
import type { Run } from '../io.ts';

/** `pegway journal …`: what this signer has signed, and letting a stopped lane go on. */
export function registerJournal(program: Command, run: Run): void {
  const journal = program
    .command('journal')
    .summary('show or correct this signer’s signing history')
    .description(
      'A signer signs one content per nonce. Different content for the same nonce halts that lane and raises an alarm until a ' +
        'person has determined which is correct.',
    )
    .addHelpText('after', '\nExample:\n  pegway journal show mint 0x88fc…0E81 12 --config relayer.json');

  const commands = [
    [
      'show',
      'show the content signed for a nonce',
      'Shows the content that this signer has signed for one nonce.',
      false,
    ],
    [
      'accept',
      'resume a lane that different content for one nonce has halted',
      'Deletes the record of one nonce, so that this signer may sign the content that its nodes prove now. Use it only when the ' +
        'cause is known: a reorg below the finalized block, or a node that lied.',
      true,
    ],
  ] as const;
  for (const [name, summary, description, accept] of commands) {
    const command = journal
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<direction>', 'deposit (or mint), redeem (or withdraw)')
      .argument('<productToken>', 'address of the product token')
      .argument('<nonce>', 'nonce of the transfer in its lane')
      .option('--json', 'print one JSON document', false)
      .addHelpText('after', `\nExample:\n  pegway journal ${name} mint 0x88fc…0E81 12 --config relayer.json`)
      .action(run(async () => (await import('./signing-records.ts')).showOrAccept(accept)));
    withBridge(command);
  }
}
