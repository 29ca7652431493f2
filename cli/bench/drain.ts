import { setTimeout as sleep } from 'node:timers/promises';

import { departed, signMany } from '../devnet/bulk.ts';
import { recordBlockArrivals } from './block-arrivals.ts';
import { executions } from './executions.ts';
import { type Figure, figure, sum } from './figure.ts';
import { read, used, watchMemory } from './meter.ts';
import type { Stage } from './stage.ts';

const PATIENCE_SECONDS = 600;

/**
 * A backlog that has grown while all relayers were down: they are started again together, and everything they do from their
 * first instruction on counts, proofs and their own start included.
 */
export async function drain(stage: Stage, count: number, say: (line: string) => void): Promise<Figure[]> {
  const { devnet, direction, source, destination } = stage;
  const signal = AbortSignal.timeout(PATIENCE_SECONDS * 1_000);
  const indices = devnet.members.map(({ index }) => index);

  const transfers = await signMany(source, direction, stage.requests(count));
  await Promise.all(indices.map((index) => devnet.relayer(index).stop()));
  await transfers.send(count);
  const departures = await departed(source, direction, transfers, signal);
  const last = departures.reduce((highest, { blockNumber }) => (blockNumber > highest ? blockNumber : highest), 0n);
  while ((await source.reader.getBlock({ blockTag: 'finalized' })).number < last)
    await sleep(100, undefined, { signal });
  say(`${count} ${direction}s wait`);

  const afterBlock = await destination.reader.getBlockNumber({ cacheTime: 0 });
  const clock = recordBlockArrivals(destination.reader);
  const memory = watchMemory(devnet);
  const started = performance.now();
  await Promise.all(indices.map((index) => devnet.restart(index)));
  const ready = await read(devnet);
  const arrived = await executions(destination, { afterBlock, count, signal });
  const after = await read(devnet);
  await clock.stop();

  const blocks = [...new Set(arrived.map(({ blockNumber }) => blockNumber))].sort((a, b) => (a < b ? -1 : 1));
  const seen = blocks.flatMap((number) => clock.blocks.get(number) ?? []);
  const [first, end] = [seen[0]?.seenAt ?? NaN, seen.at(-1)?.seenAt ?? NaN];
  const interval = (end - first) / Math.max(1, Number((blocks.at(-1) ?? 0n) - (blocks[0] ?? 0n)));
  // The first block, too, took its time to be filled; where all fits one block, that is a second.
  const seconds = (end - first + (Number.isNaN(interval) || interval === 0 ? 1_000 : interval)) / 1_000;
  const full = seen.slice(0, -1);
  const fill = full.length === 0 ? seen : full;
  const hashes = [...new Set(arrived.map(({ transactionHash }) => transactionHash))];
  const receipts = await Promise.all(hashes.map((hash) => destination.reader.getTransactionReceipt({ hash })));
  const total = used({ relayers: [] }, after);
  const moving = used(ready, after);
  const name = `${direction}, ${count} waiting`;
  return [
    figure(`${name}: drain`, count / seconds, 'transfers a second'),
    figure(`${name}: from starting the relayers to all executed`, (end - started) / 1_000, 's'),
    figure(
      `${name}: block gas filled until the last block`,
      (100 * sum(fill.map(({ gasUsed }) => Number(gasUsed)))) / sum(fill.map(({ gasLimit }) => Number(gasLimit))),
      '%',
    ),
    figure(`${name}: transfers a transaction`, count / hashes.length, 'transfers'),
    figure(`${name}: gas`, sum(receipts.map(({ gasUsed }) => Number(gasUsed))) / count, 'gas a transfer'),
    figure(`${name}: processor, all relayers`, (1_000 * total.cpuSeconds) / count, 's per 1,000, start included'),
    figure(`${name}: processor, all relayers`, (1_000 * moving.cpuSeconds) / count, 's per 1,000, once ready'),
    figure(`${name}: JSON-RPC requests`, total.rpcRequests / count, 'a transfer and signer'),
    figure(`${name}: received from nodes`, total.bytes / count, 'bytes a transfer and signer'),
    figure(`${name}: memory of a relayer, most of any`, memory.stop() / 1e6, 'MB resident'),
  ];
}
