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

const fewBridges = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to 100, found ${text}`);
};

export function registerDevnet(program: Command, run: Run): void {
  program
    .command('devnet')
    .summary('run two chains, a bridge and six relayers on this machine')
    .description(
      'Starts two chains, deploys the bridges, starts six relayers, makes one deposit and one redeem, and runs until Ctrl-C.',
    )
    .option(
      '--once',
      'exit after the demonstration: status 0 only if every transfer arrived and the audit is clean',
      false,
    )
    .option('--transfers <n>', 'number of additional deposits, and of redeems', wholeNumber, 0)
    .option('--product-chains <n>', 'number of product chains, each with its own bridge and six relayers', fewChains, 1)
    .option(
      '--bridges <n>',
      'number of bridges between the same two chains, served by the same six relayers',
      fewBridges,
      1,
    )
    .option('--chained', 'each product chain is the main chain of the next one', false)
    .option('--data <dir>', 'folder of the devnet', '.pegway')
    .option('--keep', 'keep logs and data after the end', false)
    .option('--prometheus', 'also run a Prometheus that scrapes the six relayers', false)
    .option('--json', 'print each step as one line of JSON', false)
    .option('--no-app', 'do not build and serve the web page')
    .addHelpText('after', '\nExample:\n  pegway devnet --once --transfers 20')
    .action(run(async () => (await import('./run-devnet.ts')).runDevnet, { waits: 'chains and relayers' }));
}
