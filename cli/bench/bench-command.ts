import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

import { type Command, InvalidArgumentError, Option } from 'commander';

import { environment } from '../../relayer/config.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { drain } from './drain.ts';
import { type Figure, figure } from './figure.ts';
import { flow } from './flow.ts';
import { atRest, idleLatency } from './idle.ts';
import { stageOf } from './stage.ts';
import { type Devnet, startDevnet } from '../devnet/start.ts';
import { onInterrupt } from '../interrupt.ts';
import { bold, openOutput } from '../output.ts';

const parts = ['idle', 'steady', 'backlog'] as const;

interface BenchFlags {
  readonly only?: (typeof parts)[number];
  readonly deposits: number;
  readonly rest: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly transfers: number;
  readonly out: string;
  readonly json: boolean;
}

const natural = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a whole number from 1 on, found ${text}`);
  }
  return value;
};

export function registerBench(program: Command): void {
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
    .action(async (flags: BenchFlags) => {
      const output = openOutput(flags.json);
      const { signal, interrupted } = onInterrupt();
      const unfinished = () => new PegwayError('interrupted before all was measured: nothing is written');
      const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-'));
      const started = performance.now();
      const say = (line: string) => output.say(line);
      const devnet = await startDevnet({ directory, redisUrl: environment()['REDIS_URL'], say, signal }).catch(
        (error: unknown) => {
          rmSync(directory, { recursive: true, force: true });
          throw signal.aborted ? unfinished() : error;
        },
      );
      try {
        const up = figure('devnet up', (performance.now() - started) / 1_000, 's');
        const measuring = measure(devnet, flags, say);
        // It fails when the chains end under it.
        measuring.catch(() => undefined);
        const measured = await Promise.race([measuring, interrupted]);
        if (measured === 'interrupted') throw unfinished();
        const figures = [up, ...measured];
        const machine = { processors: cpus().length, model: cpus()[0]?.model, memoryGB: Math.round(totalmem() / 1e9) };
        const results = { queue: devnet.queueKind, machine, figures };
        mkdirSync(dirname(flags.out), { recursive: true });
        writeFileSync(flags.out, `${JSON.stringify(results, undefined, 2)}\n`);
        const width = Math.max(...figures.map(({ name }) => name.length));
        const table = figures.map(
          ({ name, value, unit }) => `${name.padEnd(width)} ${value.toFixed(2).padStart(10)} ${unit}`,
        );
        output.result(table.join('\n'), results);
      } finally {
        await devnet.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    });
}

async function measure(devnet: Devnet, flags: BenchFlags, say: (line: string) => void): Promise<Figure[]> {
  const figures: Figure[] = [];
  const wanted = (part: (typeof parts)[number]) => flags.only === undefined || flags.only === part;
  const mints = stageOf(devnet, 'mint');
  if (wanted('idle')) {
    say(bold('Idle'));
    figures.push(...(await idleLatency(devnet, flags.deposits, say)), ...(await atRest(devnet, flags.rest)));
  }
  if (wanted('steady')) {
    for (const rate of flags.rates) {
      say(bold(`${rate} deposits a second`));
      figures.push(...(await flow(mints, rate, rate * flags.seconds)));
    }
  }
  if (wanted('backlog')) {
    for (const stage of [mints, stageOf(devnet, 'withdraw')]) {
      say(bold(`${flags.transfers} ${stage.direction}s waiting`));
      figures.push(...(await drain(stage, flags.transfers, say)));
      say(bold(`${flags.transfers} ${stage.direction}s as fast as the source takes them`));
      figures.push(...(await flow(stage, Infinity, flags.transfers)));
    }
  }
  return figures;
}
