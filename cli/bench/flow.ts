import { setTimeout as sleep } from 'node:timers/promises';

import { departed, signMany } from '../devnet/bulk.ts';
import { type BlockArrivals, recordBlockArrivals } from './block-arrivals.ts';
import { executions } from './executions.ts';
import { type Figure, figure, median, quantile } from './figure.ts';
import { read, used } from './meter.ts';
import type { Stage } from './stage.ts';

const TICK_MILLISECONDS = 50;
/** Blocks behind the newest one that a devnet's final block is. */
const FINAL_DEPTH = 2n;
const PATIENCE_SECONDS = 300;

/**
 * So many transfers a second, steadily (as fast as the source takes them when `rate` is Infinity), while the relayers run.
 * Excess latency of a transfer: from the first destination block after its source block was final, which is the earliest that
 * could have executed it, to the one that did.
 */
export async function flow(stage: Stage, rate: number, count: number): Promise<Figure[]> {
  const { devnet, direction, source, destination } = stage;
  const signal = AbortSignal.timeout((PATIENCE_SECONDS + count / rate) * 1_000);
  const transfers = await signMany(source, direction, stage.requests(count));
  const clocks = { source: recordBlockArrivals(source.reader), destination: recordBlockArrivals(destination.reader) };
  const afterBlock = await destination.reader.getBlockNumber({ cacheTime: 0 });
  const before = await read(devnet);
  const started = performance.now();

  const send = async () => {
    let sent = 0;
    while (sent < count) {
      const due = Math.min(count, Math.ceil(((performance.now() - started) * rate) / 1_000));
      if (due > sent) await transfers.send(due - sent);
      sent = Math.max(sent, due);
      await sleep(TICK_MILLISECONDS);
    }
    return departed(source, direction, transfers, signal);
  };
  const [departures, arrived] = await Promise.all([send(), executions(destination, { afterBlock, count, signal })]);
  const after = await read(devnet);
  const seconds = (performance.now() - started) / 1_000;
  // The last final block that is looked up below.
  await sleep(100);
  await Promise.all([clocks.source.stop(), clocks.destination.stop()]);

  const arrivedIn = new Map(arrived.map(({ nonce, blockNumber }) => [nonce, blockNumber]));
  const excess = departures.map(({ nonce, blockNumber }) => {
    const finalAt = clocks.source.blocks.get(blockNumber + FINAL_DEPTH)?.seenAt ?? NaN;
    const executedAt = clocks.destination.blocks.get(arrivedIn.get(nonce) ?? 0n)?.seenAt ?? NaN;
    return Math.max(0, executedAt - firstAfter(clocks.destination, finalAt));
  });
  const usage = used(before, after);
  const name = Number.isFinite(rate)
    ? `${direction}, ${rate} a second`
    : `${direction}, ${count} as fast as the source takes them`;
  return [
    ...(Number.isFinite(rate) ? [] : [figure(`${name}: throughput`, count / seconds, 'transfers a second')]),
    figure(`${name}: excess latency, median`, median(excess), 'ms'),
    figure(`${name}: excess latency, 99 of 100`, quantile(excess, 0.99), 'ms'),
    figure(
      `${name}: transfers a transaction`,
      count / new Set(arrived.map(({ transactionHash }) => transactionHash)).size,
      'transfers',
    ),
    figure(`${name}: processor, all relayers`, (1_000 * usage.cpuSeconds) / count, 's per 1,000'),
    figure(`${name}: JSON-RPC requests`, usage.rpcRequests / count, 'a transfer and signer'),
    figure(`${name}: received from nodes`, usage.bytes / count, 'bytes a transfer and signer'),
  ];
}

/** When the first block appeared after a moment. */
function firstAfter({ blocks }: BlockArrivals, moment: number): number {
  const later = [...blocks.values()].map(({ seenAt }) => seenAt).filter((seenAt) => seenAt > moment);
  return later.length === 0 ? NaN : Math.min(...later);
}
