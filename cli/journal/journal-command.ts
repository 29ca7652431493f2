import type { Command } from 'commander';
import { getAddress, isAddress } from 'viem';

import { readConfig } from '../../relayer/config.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Lane, directions, laneKey } from '../../protocol/lane.ts';
import { signedFor, withJournal } from './records.ts';
import { openOutput } from '../output.ts';

interface JournalFlags {
  readonly config: string;
  readonly json: boolean;
}

const wrong = (message: string) =>
  new PegwayError(message, {
    exitCode: 2,
    hint: 'pegway journal accept mint 0xPRODUCT_TOKEN 12 --config relayer.json',
  });

function laneOf(direction: string, productToken: string): Lane {
  const known = directions.find((one) => one === direction);
  if (known === undefined) throw wrong(`expected mint or withdraw, found ${direction}`);
  if (!isAddress(productToken, { strict: false }))
    throw wrong(`expected a product token’s address, found ${productToken}`);
  return { direction: known, productToken: getAddress(productToken) };
}

function nonceOf(text: string): bigint {
  if (!/^\d{1,15}$/.test(text)) throw wrong(`expected a nonce, found ${text}`);
  return BigInt(text);
}

function look(accept: boolean) {
  return (direction: string, productToken: string, nonceText: string, flags: JournalFlags): void => {
    const lane = laneOf(direction, productToken);
    const nonce = nonceOf(nonceText);
    const signed = withJournal(readConfig(flags.config), (journal) => {
      const found = signedFor(journal, lane, nonce);
      if (accept) journal.accept(laneKey(lane), nonce);
      return found;
    });
    const what = `${signed.amount} base units for ${signed.recipient}`;
    const text = accept
      ? `nonce ${nonce} of ${laneKey(lane)}: forgotten that ${what} was signed.\n` +
        'Its relayer goes on with its next sweep, and signs what its own nodes prove.'
      : `nonce ${nonce} of ${laneKey(lane)}: ${what} was signed`;
    openOutput(flags.json).result(text, { ...lane, nonce, ...signed, accepted: accept });
  };
}

/** `pegway journal …`: what this signer has signed, and letting a stopped lane go on. */
export function registerJournal(program: Command): void {
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
      .action(look(accept));
  }
  // A command's own parser ends the process unless told to throw, as its parent is.
  for (const command of journal.commands) command.exitOverride().showHelpAfterError();
}
