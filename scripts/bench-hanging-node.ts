import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';

import { sides } from '../protocol/lane.ts';
import type { ConfigFile } from '../relayer/config.ts';
import { startTestNet } from '../test/support/devnet.ts';
import { depositLatencies, eventLoopLag } from './deposit-latency.ts';

/*
 * Deposit latency and event-loop lag with a quorum of 2 of 3 nodes, first with all nodes well, then with one that accepts
 * connections and never answers, at one relayer and at all six: `node scripts/bench-hanging-node.ts [DEPOSITS]`. Each relayer is a
 * process of its own.
 */

const deposits = Number(process.argv[2] ?? 50);

const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const hangingUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Measured {
  /** In milliseconds, from a deposit's receipt to its execution in the newest block; ascending. */
  readonly latencies: readonly number[];
  /** The largest 99th percentile of the relayers' event-loop lag, in milliseconds. */
  readonly lag: number;
}

/** @param affected How many relayers have the hanging node, as the first of their three. */
async function measure(affected: number): Promise<Measured> {
  const net = await startTestNet({
    processes: true,
    prepare(bridge, members) {
      for (const [place, { configFile }] of members.entries()) {
        const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
        for (const side of sides) {
          const { rpcUrl } = bridge[side];
          config[side].rpcUrls = [place < affected ? hangingUrl : rpcUrl, rpcUrl, rpcUrl];
          config[side].rpcQuorum = 2;
        }
        writeFileSync(configFile, JSON.stringify(config));
      }
      return Promise.resolve();
    },
  });
  try {
    const lags = () => Promise.all(net.devnet.members.map(({ metricsUrl }) => eventLoopLag(metricsUrl)));
    await lags();
    const latencies = await depositLatencies(net, deposits);
    return { latencies: latencies.sort((a, b) => a - b), lag: Math.max(...(await lags())) };
  } finally {
    await net.stop();
  }
}

for (const affected of [0, 1, 6]) {
  const { latencies, lag } = await measure(affected);
  const median = latencies[Math.floor(latencies.length / 2)];
  const name = affected === 0 ? 'all nodes well' : `one of three nodes hangs at ${affected} of 6 relayers`;
  console.log(`${name}: median ${median} ms, worst ${latencies.at(-1)} ms; event-loop lag, p99: ${lag.toFixed(1)} ms`);
}
server.close();
