// `npm run bench:isolation -- [DEPOSITS]`: how far one bridge delays another of the same six processes while its node hangs, its
// chain halts, its code throws or its data is corrupt. Deposit latency of the other bridge, in paired phases: quiet and faulty
// ones alternate, so that other work on the machine affects both. Data that is corrupt stays so, so that fault comes last.
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { median } from '../cli/bench/figure.ts';
import type { DevnetBridge } from '../cli/devnet/start.ts';
import type { BridgesView, Wire } from '../protocol/api-types.ts';
import { type FleetFile, bridgeIdOf } from '../relayer/config.ts';
import { layCable } from '../test/support/cable.ts';
import { startTestNet } from '../test/support/devnet.ts';
import { type UsedBridge, useBridge } from '../test/support/use-bridge.ts';
import { depositLatencies } from './deposit-latency.ts';
import { measureMachine } from '../cli/bench/machine-speed.ts';

const deposits = Number(process.argv[2] ?? 50);
const PHASES = 2;
/** Longer than any phase: what the node is sent waits, and its connections stay open. */
const HANG_MS = 3_600_000;
const THROW_EVERY_MS = 1_000;
/** In the order of the configuration: two bridges to each of two product chains. */
const THROWING = 1;

interface Fault {
  readonly name: string;
  /** The faulty bridge. */
  readonly bridge: UsedBridge;
  /** Runs before each quiet phase. */
  prepare?(): Promise<void>;
  begin(): Promise<void> | void;
  /** Undefined if the fault stays. */
  readonly end?: () => Promise<void> | void;
}

const machine = await measureMachine();
const preload = fileURLToPath(new URL('isolation/throw-on-signal.ts', import.meta.url));
process.env['NODE_OPTIONS'] = `${process.env['NODE_OPTIONS'] ?? ''} --import=${preload}`.trim();
process.env['PEGWAY_BENCH_THROW_IN'] = String(THROWING);

let cable: Awaited<ReturnType<typeof layCable>> | undefined;
const net = await startTestNet({
  ...{ processes: true, productChains: 2, bridges: 2 },
  async prepare(_, members) {
    for (const { configFile } of members) {
      const config = JSON.parse(readFileSync(configFile, 'utf8')) as FleetFile;
      const behind = Object.values(config.chains).find(({ chainId }) => chainId === 31_339);
      if (behind === undefined) throw new RangeError('no second product chain');
      const [url] = behind.rpcUrls;
      if (typeof url !== 'string') throw new TypeError('a node with settings of its own');
      const { hostname: host, port } = new URL(url);
      cable ??= await layCable({ host, port: Number(port) });
      behind.rpcUrls = [`http://127.0.0.1:${cable.port}`];
      writeFileSync(configFile, JSON.stringify(config));
    }
  },
});

const use = (place: number): UsedBridge => {
  const bridges = [net.devnet.file, ...net.devnet.file.others] as readonly DevnetBridge[];
  const bridge = bridges[place];
  if (bridge === undefined) throw new RangeError(`no bridge ${place}`);
  return useBridge(net, bridge);
};

/** Problems that the first relayer names for a bridge. */
async function problemsOf({ name }: UsedBridge): Promise<string> {
  const answer = await fetch(`${net.devnet.members[0]?.apiUrl}/v1/bridges`);
  const { bridges } = (await answer.json()) as Wire<BridgesView>;
  const { state, problems, stopped } = bridges.find((one) => one.name === name) ?? {};
  return [state, ...(problems ?? []), ...(stopped ?? []).map((direction) => `${direction} stopped`)].join(', ');
}

/** Restarts every relayer, and does something to its data in between. */
async function restartAll(measured: UsedBridge, between: (dataDir: string) => void): Promise<void> {
  await Promise.all(
    net.devnet.members.map(async ({ index, dataDir }) => {
      await net.devnet.relayer(index).stop();
      between(dataDir);
      // It waits for all of its bridges, and one with corrupt data stays closed.
      net.devnet.restart(index).catch(() => undefined);
    }),
  );
  await measured.arrives(await measured.deposit());
}

/** Overwrites the middle of a database. */
function corrupt(path: string): void {
  const descriptor = openSync(path, 'r+');
  const { size } = fstatSync(descriptor);
  const garbage = Buffer.alloc(Math.floor(size / 2), 0xa5);
  writeSync(descriptor, garbage, 0, garbage.length, Math.floor(size / 4));
  closeSync(descriptor);
}

try {
  const [measured, sameChains, otherChain] = [use(0), use(THROWING), use(2)];
  const halting = net.devnet.chains.find(({ chainId }) => chainId === otherChain.product.chainId);
  if (halting === undefined || cable === undefined) throw new RangeError('no second product chain');
  const hung = cable;
  let throwing: NodeJS.Timeout | undefined;
  const faults: Fault[] = [
    {
      ...{ name: 'its node hangs', bridge: otherChain },
      begin: () => hung.delay(HANG_MS),
      async end() {
        hung.delay(0);
        hung.cut();
        hung.mend();
        await sleep(0);
      },
    },
    {
      ...{ name: 'its chain halts', bridge: otherChain },
      begin: () => net.blocks.hold(halting),
      end: () => net.blocks.start(halting),
    },
    {
      ...{ name: 'its code throws every second', bridge: sameChains },
      begin() {
        throwing = setInterval(() => {
          for (const { index } of net.devnet.members) net.devnet.relayer(index).kill('SIGUSR2');
        }, THROW_EVERY_MS);
      },
      end: () => clearInterval(throwing),
    },
    {
      ...{ name: 'its data is corrupt', bridge: sameChains },
      prepare: () => restartAll(measured, () => undefined),
      begin: () =>
        restartAll(measured, (dataDir) => {
          for (const file of ['history.sqlite', 'pegway.sqlite']) corrupt(join(dataDir, bridgeIdOf(sameChains), file));
        }),
    },
  ];

  const each = Math.ceil(deposits / PHASES);
  console.log(`machine, one thread: ${machine.hashes} hashes of 1 KiB, ${machine.recoveries} recoveries a second`);
  for (const fault of faults) {
    const { name, bridge } = fault;
    const isLasting = fault.end === undefined;
    const quiet: number[] = [];
    const faulty: number[] = [];
    let named = '';
    let back = 'it stays so';
    for (let phase = 0; phase < (isLasting ? 1 : PHASES); phase++) {
      const count = isLasting ? deposits : each;
      await fault.prepare?.();
      await bridge.arrives(await bridge.deposit());
      quiet.push(...(await depositLatencies(measured, count)));
      await fault.begin();
      // One transfer of its own under way, so that its pipeline meets the fault.
      const stuck = await bridge.deposit();
      faulty.push(...(await depositLatencies(measured, count)));
      named = await problemsOf(bridge);
      if (fault.end === undefined) continue;
      await fault.end();
      const ended = performance.now();
      await bridge.arrives(stuck);
      back = `its own deposit arrives ${((performance.now() - ended) / 1_000).toFixed(1)} s after the fault`;
    }
    const show = (values: readonly number[]) => `median ${median(values)}, worst ${Math.max(...values)} ms`;
    console.log(`${name}: quiet ${show(quiet)}; faulty ${show(faulty)} of ${faulty.length}; named: ${named}; ${back}`);
  }
} finally {
  await net.stop();
  await cable?.close();
}
