// `npm run bench:fleet -- [COUNTS]`: one relayer with 1, 2, 20 and 100 idle bridges between the same two chains (anvil, a block a
// second): its memory, its requests to the nodes and its processor time, over a minute that begins a sweep after the last bridge
// was opened. It has no peers: these cost one request every 10 s each, however many the bridges.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { sum } from '../cli/bench/figure.ts';
import { keepTime, startChain } from '../cli/devnet/anvil.ts';
import type { Child } from '../cli/devnet/child.ts';
import { configureFleet, isReady, startMember } from '../cli/devnet/devnet-fleet.ts';
import { deployAll } from '../cli/devnet/prepare-devnet.ts';
import { severalForm } from '../cli/devnet/start-fleet.ts';
import { measureMachine } from '../cli/bench/machine-speed.ts';

const counts = (process.argv[2] ?? '1,2,20,100').split(',').map(Number);
const SWEEP_SECONDS = 30;
const MEASURED_SECONDS = 60;

const directory = mkdtempSync(join(tmpdir(), 'pegway-bench-fleet-'));
const children: Child[] = [];
const say = (line: string) => process.stderr.write(`${line}\n`);

/** Sum of the series of a metric that have this text in their labels. */
async function metric(url: string, name: string, label = ''): Promise<number> {
  const lines = (await (await fetch(url)).text()).split('\n');
  const found = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return sum(found.filter((line) => line.includes(label)).map((line) => Number(line.slice(line.lastIndexOf(' ')))));
}

try {
  const speed = await measureMachine();
  say(`machine, one thread: ${speed.hashes} hashes of 1 KiB and ${speed.recoveries} signature recoveries a second`);
  const chain = (chainId: number, free: boolean) =>
    startChain({ chainId, free, logFile: join(directory, `chain-${chainId}.log`) });
  const [main, product] = await Promise.all([chain(31_337, false), chain(31_338, true)]);
  children.push(main, product);
  say(`deploying ${Math.max(...counts)} bridges`);
  const deployed = await deployAll(directory, [main, product], {
    ...{
      layout: 'star',
      bridges: Math.max(...counts),
      signers: 6,
      observers: 0,
      pegs: {},
      anchors: false,
      holders: [],
    },
  });
  await Promise.all([main, product].map((one) => keepTime(one, 1)));

  const results = [];
  for (const count of counts) {
    const [member] = await configureFleet({
      directory: join(directory, String(count)),
      keys: (deployed[0]?.keys ?? []).slice(0, 1),
      chains: severalForm(
        deployed.slice(0, count).map(({ bridge }) => bridge),
        3_600,
      ),
      ...{ queue: undefined, turnSeconds: 10, fallbackSeconds: 60, sweepSeconds: SWEEP_SECONDS },
    });
    if (member === undefined) throw new RangeError('no signer');
    const begun = performance.now();
    const relayer = startMember(member);
    children.push(relayer);
    await relayer.until(() => isReady(member));
    const startSeconds = (performance.now() - begun) / 1_000;
    const startProcessor = await metric(member.metricsUrl, 'process_cpu_seconds_total');
    await sleep(SWEEP_SECONDS * 1_000);

    const read = async () => ({
      requests: await metric(member.metricsUrl, 'pegway_rpc_requests_total', `chain="chain-${main.chainId}"`),
      exchanges: await metric(member.metricsUrl, 'pegway_rpc_http_requests_total', `chain="chain-${main.chainId}"`),
      processor: await metric(member.metricsUrl, 'process_cpu_seconds_total'),
    });
    const before = await read();
    const from = performance.now();
    await sleep(MEASURED_SECONDS * 1_000);
    const after = await read();
    const seconds = (performance.now() - from) / 1_000;
    const result = {
      bridges: count,
      startSeconds: Number(startSeconds.toFixed(1)),
      startProcessorSeconds: Number(startProcessor.toFixed(1)),
      memoryMB: Number(((await metric(member.metricsUrl, 'process_resident_memory_bytes')) / 1e6).toFixed(1)),
      mainRequestsPerSecond: Number(((after.requests - before.requests) / seconds).toFixed(2)),
      mainHttpRequestsPerSecond: Number(((after.exchanges - before.exchanges) / seconds).toFixed(2)),
      processorPercent: Number(((100 * (after.processor - before.processor)) / seconds).toFixed(1)),
    };
    console.log(JSON.stringify(result));
    results.push(result);
    await relayer.stop();
  }

  const [least, most] = [results[0], results.at(-1)];
  const memoryMBPerBridge =
    least === undefined || most === undefined || least === most
      ? undefined
      : Number(((most.memoryMB - least.memoryMB) / (most.bridges - least.bridges)).toFixed(2));
  console.log(JSON.stringify({ memoryMBPerBridge, ...speed }));
  mkdirSync('bench/results', { recursive: true });
  const written = { speed, results, memoryMBPerBridge };
  writeFileSync('bench/results/fleet.json', `${JSON.stringify(written, undefined, 2)}\n`);
} finally {
  for (const child of children.toReversed()) await child.stop();
  rmSync(directory, { recursive: true, force: true });
}
