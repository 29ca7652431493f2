import { type Command, InvalidArgumentError, Option } from 'commander';

import type { Run } from '../io.ts';

const parts = ['idle', 'steady', 'backlog'] as const;

const natural = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a whole number from 1 on, found ${text}`);
  }
  return value;
};

export function registerBench(program: Command, run: Run): void {
  program
    .command('bench')
    .summary('measure a devnet: idle, under steady load, with a backlog')
    .description(
      'Starts a devnet and measures it: idle and at rest; at steady rates; with a backlog each way. Prints a table and writes ' +
        'JSON. Checks nothing: how fast is fast enough depends on the machine.',
    )
    .addOption(new Option('--only <part>', 'one part of it').choices(parts))
    .option('--deposits <n>', 'idle: how many deposits, one after the other', natural, 20)
    .option('--rest <seconds>', 'idle: how long to watch it at rest', natural, 20)
    .option('--rates <list>', 'steady: transfers a second', (list) => list.split(',').map(natural), [1, 10, 50, 200])
    .option('--seconds <n>', 'steady: how long at each rate', natural, 20)
    .option('--transfers <n>', 'backlog: how many each way', natural, 10_000)
    .option('--out <file>', 'where the figures go', 'bench/results/bench.json')
    .option('--json', 'the figures as JSON on stdout', false)
    .addHelpText('after', '\nExample:\n  pegway bench --only backlog --transfers 2000')
    .action(run(async () => (await import('./bench.ts')).bench));
}
