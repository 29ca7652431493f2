// `npm run bench:scrape`: cost of a scrape for a relayer, in time, bytes and series, before and after many transfers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { transferMany } from '../cli/devnet/demonstrate.ts';
import { startDevnet } from '../cli/devnet/start.ts';
import { openOutput } from '../cli/output.ts';

const SCRAPES = 50;
const TRANSFERS = 200;

interface Cost {
  readonly milliseconds: readonly number[];
  readonly bytes: number;
  readonly series: number;
}

async function scrape(url: string): Promise<Cost> {
  const milliseconds: number[] = [];
  let text = '';
  for (let index = 0; index < SCRAPES; index++) {
    const started = performance.now();
    text = await (await fetch(url)).text();
    milliseconds.push(performance.now() - started);
  }
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { milliseconds, bytes: Buffer.byteLength(text), series };
}

const at = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? NaN;

const directory = mkdtempSync(join(tmpdir(), 'pegway-scrape-'));
const devnet = await startDevnet({ directory, redisUrl: undefined, say: (step) => console.error(step) });
try {
  const look = async (when: string) => {
    const costs: Cost[] = [];
    for (const { metricsUrl } of devnet.file.signers) costs.push(await scrape(metricsUrl));
    const times = costs.flatMap(({ milliseconds }) => milliseconds);
    const figures = {
      when,
      medianMilliseconds: Number(at(times, 0.5).toFixed(1)),
      p99Milliseconds: Number(at(times, 0.99).toFixed(1)),
      largestBytes: Math.max(...costs.map(({ bytes }) => bytes)),
      mostSeries: Math.max(...costs.map(({ series }) => series)),
    };
    console.log(JSON.stringify(figures));
    return figures;
  };
  const output = openOutput(false, process);
  await transferMany(devnet.file, 6, output);
  const results = [await look('after 6 deposits and 6 redeems')];
  await transferMany(devnet.file, TRANSFERS, output);
  results.push(await look(`after ${TRANSFERS} more of each`));
  mkdirSync('bench/results', { recursive: true });
  writeFileSync('bench/results/scrape.json', `${JSON.stringify(results, undefined, 2)}\n`);
} finally {
  await devnet.stop();
  rmSync(directory, { recursive: true, force: true });
}
