import { readFileSync, writeFileSync } from 'node:fs';

import type { ConfigFile } from '../relayer/config.ts';
import { startTestNet } from '../test/support/devnet.ts';
import { type Distance, startDistance } from '../test/support/distance.ts';
import { depositLatencies } from './deposit-latency.ts';

/*
 * Deposit latency and requests for signatures with six relayers at a distance from one another, as round-trip time:
 * `node scripts/bench-distance.ts [DEPOSITS]`. Each relayer has its nodes nearby.
 */

const deposits = Number(process.argv[2] ?? 30);

for (const roundTrip of [0, 50, 150, 300]) {
  const distances: Distance[] = [];
  const net = await startTestNet({
    async prepare(_, members) {
      const near = new Map<string, string>();
      for (const { apiUrl } of members) {
        const { hostname, port, origin } = new URL(apiUrl);
        const distance = await startDistance({ host: hostname, port: Number(port) }, roundTrip);
        distances.push(distance);
        near.set(origin, distance.url);
      }
      for (const { configFile } of members) {
        const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
        for (const peer of config.peers ?? []) peer.url = near.get(new URL(peer.url).origin) ?? peer.url;
        writeFileSync(configFile, JSON.stringify(config));
      }
    },
  });
  const sum = (count: (distance: Distance) => number) => distances.reduce((all, one) => all + count(one), 0);
  try {
    const [askedBefore, connectedBefore] = [sum((one) => one.attestations()), sum((one) => one.connections())];
    const measured = (await depositLatencies(net, deposits)).sort((a, b) => a - b);
    const asked = (sum((one) => one.attestations()) - askedBefore) / deposits;
    const connected = sum((one) => one.connections()) - connectedBefore;
    console.log(
      `${roundTrip} ms: ${asked.toFixed(1)} peers asked a deposit, ${connected} new connections, ` +
        `median ${measured[Math.floor(measured.length / 2)]} ms, worst ${measured.at(-1)} ms`,
    );
  } finally {
    await net.stop();
    for (const distance of distances) await distance.close();
  }
}
