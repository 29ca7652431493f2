import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { sides } from '../protocol/lane.ts';
import type { ConfigFile } from '../relayer/config.ts';
import { startTestNet } from '../test/support/devnet.ts';

/*
 * Deposit latency with a quorum of 2 of 3 nodes at all six relayers, once with all nodes well and once with one that accepts
 * connections and never answers: `node scripts/bench-hanging-node.ts [DEPOSITS]`.
 */

const deposits = Number(process.argv[2] ?? 50);
const POLL_MS = 20;

const server = createServer((socket) => socket.on('error', () => socket.destroy()).resume());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const hangingUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** In milliseconds, from the deposit's receipt to its execution in the newest block. */
async function latencies(hangs: boolean): Promise<number[]> {
  const net = await startTestNet({
    prepare(bridge, members) {
      for (const { configFile } of members) {
        const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
        for (const side of sides) {
          const { rpcUrl } = bridge[side];
          config[side].rpcUrls = [hangs ? hangingUrl : rpcUrl, rpcUrl, rpcUrl];
          config[side].rpcQuorum = 2;
        }
        writeFileSync(configFile, JSON.stringify(config));
      }
      return Promise.resolve();
    },
  });
  try {
    const measured: number[] = [];
    for (let count = 0; count < deposits; count++) {
      const departure = await net.deposit();
      const begun = performance.now();
      while (await net.isOpen(departure)) await sleep(POLL_MS);
      measured.push(Math.round(performance.now() - begun));
    }
    return measured.sort((a, b) => a - b);
  } finally {
    await net.stop();
  }
}

for (const hangs of [false, true]) {
  const measured = await latencies(hangs);
  const median = measured[Math.floor(measured.length / 2)];
  console.log(`${hangs ? 'one node hangs' : 'all nodes well'}: median ${median} ms, worst ${measured.at(-1)} ms`);
}
server.close();
