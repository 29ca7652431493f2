// Recovery time of six relayers after kill -9 with empty data folders: until the first open transfer is executed, and
// until all are.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { departMany } from '../cli/devnet/bulk.ts';
import { wipe } from '../cli/devnet/devnet-fleet.ts';
import { holderOf } from '../cli/devnet/devnet-holder.ts';
import { type Devnet, startDevnet } from '../cli/devnet/start.ts';
import { mainBridgeAbi } from '../sdk/index.ts';
import { countBits } from '../protocol/bitmap.ts';

const { values } = parseArgs({
  options: {
    executed: { type: 'string', default: '10000' },
    open: { type: 'string', default: '1000' },
    out: { type: 'string', default: 'bench/results/recovery.json' },
  },
});
const executed = Number(values.executed);
const open = Number(values.open);
/** Departures sent per round. */
const AT_ONCE = 1_000;
const PATIENCE_MS = 900_000;

const say = (line: string) => console.error(line);
const since = (start: number) => (performance.now() - start) / 1_000;

const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-'));
const devnet = await startDevnet({ directory, redisUrl: process.env['REDIS_URL'], say });
try {
  const figures = await measure(devnet);
  const machine = { processors: cpus().length, model: cpus()[0]?.model, memoryGB: Math.round(totalmem() / 1e9) };
  mkdirSync(join(values.out, '..'), { recursive: true });
  writeFileSync(
    values.out,
    `${JSON.stringify({ queue: devnet.queueKind, machine, executed, open, ...figures }, undefined, 2)}\n`,
  );
  console.log(`${figures.firstSeconds.toFixed(1)} s until the first of ${open} is executed, target 15`);
  console.log(`${figures.allSeconds.toFixed(1)} s until all are, target 45`);
  if (figures.firstSeconds > 15 || figures.allSeconds > 45) process.exitCode = 1;
} finally {
  await devnet.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function measure(devnet: Devnet) {
  const { file, members } = devnet;
  const [key] = file.holders;
  const [peg] = file.pegs;
  if (key === undefined || peg === undefined) throw new TypeError('the devnet has no holders or pegs');
  const { productToken, mainDecimals } = peg;
  const holder = holderOf(file, key.privateKey);
  const depart = async (count: number) => {
    const request = { productToken, amount: 10n ** BigInt(mainDecimals), recipient: holder.address };
    for (let done = 0; done < count; done += AT_ONCE) {
      const requests = Array.from({ length: Math.min(AT_ONCE, count - done) }, () => request);
      await departMany(holder.main, 'mint', requests, AbortSignal.timeout(PATIENCE_MS));
      say(`${done + requests.length} of ${count} departed`);
    }
  };
  const countExecuted = async (): Promise<number> => {
    const args = [productToken, 0n, BigInt(Math.ceil((executed + open) / 256))] as const;
    const read = { address: file.product.bridge, abi: mainBridgeAbi, functionName: 'executedWords', args } as const;
    const words = await holder.product.reader.readContract(read);
    return words.reduce((sum, word) => sum + countBits(word), 0);
  };
  const until = async (count: number) => {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await countExecuted()) < count) {
      if (performance.now() > deadline)
        throw new Error(`${await countExecuted()} of ${count} executed before the deadline`);
      await sleep(50);
    }
  };

  await depart(executed);
  await until(executed);
  say(`${executed} executed; kill -9 of all six`);
  for (const { index } of members) devnet.relayer(index).kill('SIGKILL');
  await Promise.all(members.map(({ index }) => devnet.relayer(index).ended));
  for (const member of members) wipe(member);
  await depart(open);
  const { number } = await holder.main.reader.getBlock();
  while ((await holder.main.reader.getBlock({ blockTag: 'finalized' })).number < number) await sleep(100);

  say(`${open} open and final; starting all six with empty data folders`);
  const started = performance.now();
  const restarting = Promise.all(members.map(({ index }) => devnet.restart(index)));
  await until(executed + 1);
  const firstSeconds = since(started);
  await until(executed + open);
  const allSeconds = since(started);
  await restarting;
  return { firstSeconds, allSeconds };
}
