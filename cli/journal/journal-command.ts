import type { Command } from 'commander';

import type { Run } from '../io.ts';

/** `pegway journal …`: what this signer has signed, and letting a stopped lane go on. */
export function registerJournal(program: Command, run: Run): void {
  const journal = program
    .command('journal')
    .summary('what this signer has signed')
    .description(
      'A signer signs one content for a nonce. When a second one turns up, it stops that lane and alarms, until a human has ' +
        'found out which is true.',
    )
    .addHelpText('after', '\nExample:\n  pegway journal show mint 0x88fc…0E81 12 --config relayer.json');

  const commands = [
    ['show', 'what was signed for a nonce', 'Tells what this signer has signed for one nonce.', false],
    [
      'accept',
      'let a lane go on that a second content has stopped',
      'Forgets what this signer has signed for one nonce, so that it may sign what its nodes prove now. Do this only when you ' +
        'know why there are two contents: a chain that was reorganised below its final block, or a node that lied.',
      true,
    ],
  ] as const;
  for (const [name, summary, description, accept] of commands) {
    journal
      .command(name)
      .summary(summary)
      .description(description)
      .argument('<direction>', 'mint (a deposit) or withdraw (a redeem)')
      .argument('<productToken>', 'its address')
      .argument('<nonce>', 'of the lane')
      .requiredOption('--config <file>', 'the signer’s configuration')
      .option('--json', 'one line of JSON', false)
      .addHelpText('after', `\nExample:\n  pegway journal ${name} mint 0x88fc…0E81 12 --config relayer.json`)
      .action(run(async () => (await import('./signing-records.ts')).showOrAccept(accept)));
  }
}
