import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Command } from 'commander';

import { environment } from '../config.ts';
import { deposit, wait } from '../sdk.ts';
import { holderOf } from './devnet/holder.ts';
import { type Devnet, startDevnet } from './devnet/start.ts';
import { openOutput } from './output.ts';

interface BenchFlags {
  readonly deposits: number;
  readonly rest: number;
  readonly out: string;
  readonly json: boolean;
}

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Sum of all series of one metric at one relayer, per chain. */
async function metric(url: string, name: string): Promise<Record<'main' | 'product', number>> {
  const text = await (await fetch(url)).text();
  const sum = (chain: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`${name}{`) && line.includes(`chain="${chain}"`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  return { main: sum('main'), product: sum('product') };
}

/** JSON-RPC requests for each new block and endpoint, and memory, while nothing moves. */
async function atRest(devnet: Devnet, seconds: number): Promise<Figure[]> {
  const urls = devnet.file.signers.map(({ metricsUrl }) => metricsUrl);
  const read = () => Promise.all(urls.map((url) => metric(url, 'pegway_rpc_requests_total')));
  const holder = holderOf(devnet.file, devnet.file.holders[0]?.privateKey ?? '0x');
  const [before, blocksBefore] = await Promise.all([read(), holder.main.reader.getBlockNumber()]);
  await sleep(seconds * 1_000);
  const [after, blocksAfter] = await Promise.all([read(), holder.main.reader.getBlockNumber()]);
  const blocks = Number(blocksAfter - blocksBefore);
  const perBlock = after.flatMap((now, index) =>
    (['main', 'product'] as const).map((chain) => (now[chain] - (before[index]?.[chain] ?? 0)) / blocks),
  );
  // In kilobytes, on Linux and macOS alike.
  const resident = (pid: number) => Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]).toString()) / 1_024;
  const memory = devnet.file.signers.map(({ pid }) => resident(pid));
  return [
    {
      name: 'JSON-RPC requests at rest, most of any relayer',
      value: Math.max(...perBlock),
      unit: 'a block and endpoint',
    },
    { name: 'memory of a relayer, most of any', value: Math.max(...memory), unit: 'MB resident' },
  ];
}

/** From the block that makes a deposit final to the block that mints it. */
async function idleLatency(devnet: Devnet, count: number, say: (line: string) => void): Promise<Figure[]> {
  const holder = holderOf(devnet.file, devnet.file.holders[0]?.privateKey ?? '0x');
  const peg = devnet.file.pegs[0];
  if (peg === undefined) throw new TypeError('a devnet without pegs');
  const amount = 10n ** BigInt(peg.mainDecimals);
  const blocks: number[] = [];
  const seconds: number[] = [];
  for (let index = 0; index < count; index++) {
    const departure = await deposit(holder.main, { productToken: peg.productToken, amount, recipient: holder.address });
    const finalBy = departure.blockNumber;
    while ((await holder.main.reader.getBlock({ blockTag: 'finalized' })).number < finalBy) await sleep(10);
    const [finalAt, productBlock] = [performance.now(), await holder.product.reader.getBlockNumber({ cacheTime: 0 })];
    const arrival = await wait(holder.product, departure, { signal: AbortSignal.timeout(60_000), pollSeconds: 0.02 });
    seconds.push((performance.now() - finalAt) / 1_000);
    blocks.push(Number(arrival.blockNumber - productBlock));
    say(
      `deposit ${index + 1} of ${count}: ${blocks.at(-1)} product blocks, ${seconds.at(-1)?.toFixed(2)} s after final`,
    );
  }
  return [
    { name: `idle deposit, final to minted, median of ${count}`, value: median(blocks), unit: 'product blocks' },
    { name: `idle deposit, final to minted, most of ${count}`, value: Math.max(...blocks), unit: 'product blocks' },
    { name: `idle deposit, final to minted, median of ${count}`, value: median(seconds), unit: 's' },
  ];
}

export function registerBench(program: Command): void {
  program
    .command('bench')
    .summary('measure an idle devnet')
    .description(
      'Starts a devnet and measures it at rest and under single deposits. Checks nothing; prints a table and writes JSON.',
    )
    .option('--deposits <n>', 'how many deposits, one after the other', Number, 20)
    .option('--rest <seconds>', 'how long to watch it at rest', Number, 20)
    .option('--out <file>', 'where the figures go', 'bench/results/idle.json')
    .option('--json', 'the figures as JSON on stdout', false)
    .addHelpText('after', '\nExample:\n  pegway bench --deposits 20')
    .action(async ({ deposits, rest, out, json }: BenchFlags) => {
      const output = openOutput(json);
      const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-'));
      const started = performance.now();
      const devnet = await startDevnet({
        directory,
        redisUrl: environment()['REDIS_URL'],
        say: (line) => output.say(line),
      });
      try {
        const up = { name: 'devnet up', value: (performance.now() - started) / 1_000, unit: 's' };
        const figures = [
          up,
          ...(await idleLatency(devnet, deposits, (line) => output.say(line))),
          ...(await atRest(devnet, rest)),
        ];
        const machine = { processors: cpus().length, model: cpus()[0]?.model, memoryGB: Math.round(totalmem() / 1e9) };
        const results = { queue: devnet.queueKind, machine, figures };
        mkdirSync(join(out, '..'), { recursive: true });
        writeFileSync(out, `${JSON.stringify(results, undefined, 2)}\n`);
        const table = figures.map(
          ({ name, value, unit }) => `${value.toFixed(2).padStart(9)} ${unit.padEnd(22)} ${name}`,
        );
        output.result(table.join('\n'), results);
      } finally {
        await devnet.stop();
        rmSync(directory, { recursive: true, force: true });
      }
    });
}
