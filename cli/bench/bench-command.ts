import { type Command, InvalidArgumentError, Option } from 'commander';

import type { Run } from '../io.ts';

const parts = ['idle', 'steady', 'backlog'] as const;

const natural = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a whole number of at least 1, found ${text}`);
  }
  return value;
};

export function registerBench(program: Command, run: Run): void {
  program
    .command('bench')
    .summary('measure a devnet: idle, under steady load, with a backlog')
    .description(
      'Starts a devnet and measures it: idle and at rest; at steady rates; with a backlog in each direction. Prints a table and ' +
        'writes JSON. It asserts nothing, since the figures depend on the machine.',
    )
    .addOption(new Option('--only <part>', 'one part of it').choices(parts))
    .option('--deposits <n>', 'idle: number of deposits, one after the other', natural, 20)
    .option('--rest <seconds>', 'idle: duration of the measurement at rest', natural, 20)
    .option('--rates <list>', 'steady: transfers per second', (list) => list.split(',').map(natural), [1, 10, 50, 200])
    .option('--seconds <n>', 'steady: duration of each rate', natural, 20)
    .option('--transfers <n>', 'backlog: number of transfers per direction', natural, 10_000)
    .option('--out <file>', 'output file', 'bench/results/bench.json')
    .option('--json', 'print one JSON document', false)
    .addHelpText('after', '\nExample:\n  pegway bench --only backlog --transfers 2000')
    .action(run(async () => (await import('./bench.ts')).bench, { waits: 'the measurement' }));
}
