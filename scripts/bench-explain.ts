// `npm run bench:explain`: duration of the `pegway explain` process, from start to exit, on a devnet.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { transferMany } from '../cli/devnet/demonstrate.ts';
import { holderOf } from '../cli/devnet/devnet-holder.ts';
import { startDevnet } from '../cli/devnet/start.ts';
import { openOutput } from '../cli/output.ts';
import { deposit } from '../sdk/index.ts';

const TRANSFERS = 100;
const TIMES = 20;

const directory = mkdtempSync(join(tmpdir(), 'pegway-explain-'));
const devnet = await startDevnet({ directory, redisUrl: undefined, say: (step) => console.error(step) });
try {
  const explain = async (...words: readonly string[]): Promise<number> => {
    const args = ['cli/pegway.ts', 'explain', ...words, '--data', directory, '--json'];
    const started = performance.now();
    await promisify(execFile)(process.execPath, args);
    return performance.now() - started;
  };
  const measure = async (what: string, words: () => Promise<readonly string[]> | readonly string[]) => {
    const times: number[] = [];
    for (let index = 0; index < TIMES; index++) times.push(await explain(...(await words())));
    const sorted = times.toSorted((a, b) => a - b);
    const seconds = (milliseconds = NaN) => Number((milliseconds / 1_000).toFixed(2));
    const figures = { what, medianSeconds: seconds(sorted[TIMES / 2]), mostSeconds: seconds(sorted.at(-1)) };
    console.log(JSON.stringify(figures));
    return figures;
  };

  await transferMany(devnet.file, TRANSFERS, openOutput(false, process));
  const [key] = devnet.file.holders;
  const [peg] = devnet.file.pegs;
  if (key === undefined || peg === undefined) throw new Error('the devnet has no holders or pegs');
  const holder = holderOf(devnet.file, key.privateKey);
  const request = { productToken: peg.productToken, amount: 10n ** 18n, recipient: holder.address };
  const named = ['mint', peg.symbol, '0'];
  const results = [
    await measure('an executed transfer by its nonce', () => named),
    await measure('a transfer that has just departed, by its transaction', async () => [
      (await deposit(holder.main, request)).transactionHash,
    ]),
  ];
  devnet.relayer(5).kill('SIGKILL');
  await devnet.relayer(5).ended;
  results.push(await measure('the first transfer, one of six relayers stopped', () => named));
  devnet.relayer(4).kill('SIGSTOP');
  results.push(await measure('the first transfer, another relayer hanging as well', () => named));
  devnet.relayer(4).kill('SIGCONT');
  mkdirSync('bench/results', { recursive: true });
  writeFileSync('bench/results/explain.json', `${JSON.stringify(results, undefined, 2)}\n`);
} finally {
  await devnet.stop();
  rmSync(directory, { recursive: true, force: true });
}
