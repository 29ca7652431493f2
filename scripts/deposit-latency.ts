// Measurements that several benchmarks take on a test net.
import { setTimeout as sleep } from 'node:timers/promises';

import type { TestNet } from '../test/support/devnet.ts';

const POLL_MS = 20;

/** Deposits one after another; in milliseconds, from each deposit's receipt to its execution in the newest block. */
export async function depositLatencies(net: Pick<TestNet, 'deposit' | 'isOpen'>, count: number): Promise<number[]> {
  const latencies: number[] = [];
  while (latencies.length < count) {
    const departure = await net.deposit();
    const begun = performance.now();
    while (await net.isOpen(departure)) await sleep(POLL_MS);
    latencies.push(Math.round(performance.now() - begun));
  }
  return latencies;
}

/** The 99th percentile of a relayer's event-loop lag since the last scrape, in milliseconds. */
export async function eventLoopLag(metricsUrl: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(text)?.[1]) * 1_000;
}
