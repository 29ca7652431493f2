import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import { type Devnet, startDevnet } from '../devnet/start.ts';
import { type Io, interrupted } from '../io.ts';
import { type Output, openOutput } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { drain } from './drain.ts';
import { type Figure, figure } from './figure.ts';
import { flow } from './flow.ts';
import { atRest, idleLatency } from './idle.ts';
import { measureMachine } from './machine-speed.ts';
import { stageOf } from './stage.ts';

type Part = 'idle' | 'steady' | 'backlog';

interface BenchFlags {
  readonly only?: Part;
  readonly deposits: number;
  readonly rest: number;
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly transfers: number;
  readonly out: string;
  readonly json: boolean;
}

export async function bench(flags: BenchFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const { signal } = io;
  const unfinished = () => new PegwayError('interrupted before all was measured: nothing is written');
  const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-'));
  const say = (line: string) => output.say(line);
  const speed = await measureMachine();
  say(`machine, one thread: ${speed.hashes} hashes of 1 KiB and ${speed.recoveries} signature recoveries a second`);
  const started = performance.now();
  const devnet = await startDevnet({ directory, redisUrl: io.env['REDIS_URL'], say, signal }).catch(
    (error: unknown) => {
      rmSync(directory, { recursive: true, force: true });
      throw signal.aborted ? unfinished() : error;
    },
  );
  try {
    const up = figure('devnet up', (performance.now() - started) / 1_000, 's');
    const measuring = measure(devnet, flags, output);
    // It fails when the chains end under it.
    measuring.catch(() => undefined);
    const measured = await Promise.race([measuring, interrupted(signal)]);
    if (measured === 'interrupted') throw unfinished();
    const figures = [up, ...measured];
    const machine = {
      ...{ processors: cpus().length, model: cpus()[0]?.model, memoryGB: Math.round(totalmem() / 1e9) },
      ...{ speed, speedAfter: await measureMachine() },
    };
    const results = { queue: devnet.queueKind, machine, figures };
    writeOutput(flags.out, `${JSON.stringify(results, undefined, 2)}\n`);
    const width = Math.max(...figures.map(({ name }) => name.length));
    const table = figures.map(
      ({ name, value, unit }) => `${name.padEnd(width)} ${value.toFixed(2).padStart(10)} ${unit}`,
    );
    output.result(table.join('\n'), results);
  } finally {
    await devnet.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(devnet: Devnet, flags: BenchFlags, output: Output): Promise<Figure[]> {
  const figures: Figure[] = [];
  const say = (line: string) => output.say(line);
  const wanted = (part: Part) => flags.only === undefined || flags.only === part;
  const mints = stageOf(devnet, 'mint');
  if (wanted('idle')) {
    say(output.bold('Idle'));
    figures.push(...(await idleLatency(devnet, flags.deposits, say)), ...(await atRest(devnet, flags.rest)));
  }
  if (wanted('steady')) {
    for (const rate of flags.rates) {
      say(output.bold(`${rate} deposits a second`));
      figures.push(...(await flow(mints, rate, rate * flags.seconds)));
    }
  }
  if (wanted('backlog')) {
    for (const stage of [mints, stageOf(devnet, 'withdraw')]) {
      say(output.bold(`${flags.transfers} ${stage.direction}s waiting`));
      figures.push(...(await drain(stage, flags.transfers, say)));
      say(output.bold(`${flags.transfers} ${stage.direction}s as fast as the source takes them`));
      figures.push(...(await flow(stage, Infinity, flags.transfers)));
    }
  }
  return figures;
}
