import { setTimeout as sleep } from 'node:timers/promises';

import { mainBridgeAbi } from '../protocol/abi.ts';
import { startTestNet } from '../test/support/devnet.ts';
import { signFlood, startFlood } from '../test/support/flood.ts';
import { depositLatencies, eventLoopLag } from './deposit-latency.ts';

/*
 * Deposit latency and event-loop lag while strangers replay signed requests at the public port of one of six relayers, each a
 * process of its own: `node scripts/bench-flood.ts [DEPOSITS] [REQUESTS_PER_SECOND]`. Quiet and flooded phases alternate, so that
 * other work on the machine affects both.
 */

const deposits = Number(process.argv[2] ?? 50);
const perSecond = Number(process.argv[3] ?? 2_000);
const PHASES = 2;
const ATTACKED = 0;

interface Measured {
  /** In milliseconds, from a deposit's receipt to its execution in the newest block. */
  readonly latencies: number[];
  /** 99th percentiles of the attacked relayer's event-loop lag, in milliseconds, one for each phase. */
  readonly lags: number[];
}

const net = await startTestNet({ processes: true });
const { apiUrl = '', metricsUrl = '' } = net.devnet.members[ATTACKED] ?? {};

async function phase({ latencies, lags }: Measured): Promise<void> {
  await eventLoopLag(metricsUrl);
  latencies.push(...(await depositLatencies(net, Math.ceil(deposits / PHASES))));
  lags.push(await eventLoopLag(metricsUrl));
}

function print(name: string, { latencies, lags }: Measured): void {
  const sorted = latencies.toSorted((a, b) => a - b);
  console.log(
    `${name}: median ${sorted[Math.floor(sorted.length / 2)]} ms, worst ${sorted.at(-1)} ms of ${sorted.length}; ` +
      `event-loop lag of the attacked relayer, p99: ${lags.map((lag) => `${lag.toFixed(1)} ms`).join(', ')}`,
  );
}

try {
  const { chainId } = net.devnet.file.product;
  const bridge = net.holder.product.bridge;
  const signerEpoch = await net.holder.product.reader.readContract({
    ...{ address: bridge, abi: mainBridgeAbi, functionName: 'signerEpoch' },
  });
  const [productToken = '0x'] = net.tokens;
  const port = Number(new URL(apiUrl).port);
  const bodies = await signFlood({ chainId, bridge, signerEpoch, productToken });

  const quiet: Measured = { latencies: [], lags: [] };
  const flooded: Measured = { latencies: [], lags: [] };
  const answers = new Map<number, number>();
  let floodSeconds = 0;
  for (let count = 0; count < PHASES; count++) {
    await phase(quiet);
    await using flood = startFlood(port, bodies, { perSecond });
    await sleep(1_000);
    const begun = performance.now();
    await phase(flooded);
    floodSeconds += 1 + (performance.now() - begun) / 1_000;
    for (const [status, number] of flood.answers()) answers.set(status, (answers.get(status) ?? 0) + number);
  }
  print('quiet', quiet);
  print('flooded', flooded);
  const rates = [...answers]
    .sort(([one], [other]) => one - other)
    .map(([status, number]) => `${status}: ${Math.round(number / floodSeconds)}`);
  console.log(`answers a second, by status: ${rates.join(', ')}`);
} finally {
  await net.stop();
}
