import { type Command, InvalidArgumentError } from 'commander';

import type { Run } from '../io.ts';

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || value > 10_000) {
    throw new InvalidArgumentError(`expected a whole number from 0 to 10000, found ${text}`);
  }
  return value;
};

const fewChains = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 8) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to 8, found ${text}`);
};

export function registerDevnet(program: Command, run: Run): void {
  program
    .command('devnet')
    .summary('two chains, a bridge and six relayers on this machine')
    .description(
      'Starts two chains, deploys the bridges, starts six relayers, makes one deposit and one redeem, and stays up until Ctrl-C.',
    )
    .option('--once', 'end after the demonstration; exit status 0 only if all arrived and the audit is clean', false)
    .option('--transfers <n>', 'also make so many deposits and as many redeems', wholeNumber, 0)
    .option('--product-chains <n>', 'so many, each with a bridge and six relayers of its own', fewChains, 1)
    .option('--data <dir>', 'its folder', '.pegway')
    .option('--keep', 'keep its logs and data when it ends', false)
    .option('--prometheus', 'also start a Prometheus that scrapes the six relayers', false)
    .option('--json', 'each step as a line of JSON on stdout', false)
    .option('--no-app', 'without the web page')
    .addHelpText('after', '\nExample:\n  pegway devnet --once --transfers 20')
    .action(run(async () => (await import('./run-devnet.ts')).runDevnet));
}
