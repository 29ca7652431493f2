import { setTimeout as sleep } from 'node:timers/promises';

import { type Hex, hexToNumber } from 'viem';

import { deposit, wait } from '../../sdk/index.ts';
import { call } from '../devnet/anvil.ts';
import { holderOf } from '../devnet/devnet-holder.ts';
import type { Devnet } from '../devnet/start.ts';
import { type Figure, figure, median } from './figure.ts';
import { read, used } from './meter.ts';

/** Until the last deposit's execution is finalized, proven and audited everywhere, and the devnet is idle. */
const SETTLE_SECONDS = 10;

/** JSON-RPC and HTTP requests, CPU time and memory at rest. */
export async function atRest(devnet: Devnet, seconds: number): Promise<Figure[]> {
  const { reader } = holderOf(devnet.file, devnet.file.holders[0]?.privateKey ?? '0x').main;
  await sleep(SETTLE_SECONDS * 1_000);
  const [before, blocksBefore] = await Promise.all([read(devnet), reader.getBlockNumber({ cacheTime: 0 })]);
  await sleep(seconds * 1_000);
  const [after, blocksAfter] = await Promise.all([read(devnet), reader.getBlockNumber({ cacheTime: 0 })]);
  const { rpcRequests, httpRequests, cpuSeconds } = used(before, after);
  const memory = Math.max(...after.relayers.map(({ memoryBytes }) => memoryBytes));
  return [
    // A devnet has one endpoint per chain, and both chains have the same block time.
    figure('at rest: JSON-RPC requests', rpcRequests / 2 / Number(blocksAfter - blocksBefore), 'a block and endpoint'),
    figure('at rest: HTTP requests to nodes, all relayers', httpRequests / seconds, 'a second'),
    figure('at rest: processor, all relayers', (100 * cpuSeconds) / seconds, '% of a core'),
    figure('at rest: memory of a relayer, most of any', memory / 1e6, 'MB resident'),
  ];
}

/** From the block that finalizes a deposit to the block that mints it. */
export async function idleLatency(devnet: Devnet, count: number, say: (line: string) => void): Promise<Figure[]> {
  const holder = holderOf(devnet.file, devnet.file.holders[0]?.privateKey ?? '0x');
  const peg = devnet.file.pegs[0];
  if (peg === undefined) throw new TypeError('a devnet without pegs');
  const amount = 10n ** BigInt(peg.mainDecimals);
  const blocks: number[] = [];
  const seconds: number[] = [];
  const ours: number[] = [];
  for (let index = 0; index < count; index++) {
    const departure = await deposit(holder.main, { productToken: peg.productToken, amount, recipient: holder.address });
    const finalBy = departure.blockNumber;
    while ((await holder.main.reader.getBlock({ blockTag: 'finalized' })).number < finalBy) await sleep(5);
    const [finalAt, productBlock] = [performance.now(), await holder.product.reader.getBlockNumber({ cacheTime: 0 })];
    const mined = new AbortController();
    const waiting = transactionWaits(devnet.file.product.rpcUrl, mined.signal);
    // Rethrown below; handle it here in case the deposit has failed first from the same cause.
    waiting.catch(() => undefined);
    const arrival = await wait(holder.product, departure, { signal: AbortSignal.timeout(60_000), pollSeconds: 0.02 });
    mined.abort();
    const sentAt = await waiting;
    if (sentAt !== undefined) ours.push(sentAt - finalAt);
    seconds.push((performance.now() - finalAt) / 1_000);
    blocks.push(Number(arrival.blockNumber - productBlock));
    say(
      `deposit ${index + 1} of ${count}: ${blocks.at(-1)} product blocks, ${seconds.at(-1)?.toFixed(2)} s after final`,
    );
  }
  return [
    figure(`idle deposit, final to minted, median of ${count}`, median(blocks), 'product blocks'),
    figure(`idle deposit, final to minted, most of ${count}`, Math.max(...blocks), 'product blocks'),
    figure(`idle deposit, final to minted, median of ${count}`, median(seconds), 's'),
    figure(`idle deposit, final to the transaction at the node, median of ${count}`, median(ours), 'ms'),
  ];
}

/**
 * When a transaction enters an anvil's pool, in monotonic milliseconds; undefined if none was seen before the signal.
 */
async function transactionWaits(rpcUrl: string, signal: AbortSignal): Promise<number | undefined> {
  while (!signal.aborted) {
    const { pending } = (await call(rpcUrl, 'txpool_status')) as { pending: Hex };
    if (hexToNumber(pending) > 0) return performance.now();
    await sleep(3);
  }
  return undefined;
}
