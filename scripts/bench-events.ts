// `npm run bench:events -- [seconds]`: delay from a relayer's ingest of an event to its delivery, at 50 transfers a second with 20
// subscribers: 10 streams and 10 webhooks, in another process. Ingest, history, feed, public routes and deliveries are the
// relayer's own, on disk; the events are made here instead of proven.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Hex, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { figure, quantile } from '../cli/bench/figure.ts';
import { mainBridgeAbi, productBridgeAbi } from '../protocol/abi.ts';
import type { Side } from '../protocol/lane.ts';
import { createEventLimits, registerEvents } from '../relayer/api/events-routes.ts';
import { createServer } from '../relayer/api/http-server.ts';
import { decodeBridgeLog } from '../relayer/chain/events.ts';
import { createEventFeed } from '../relayer/events/event-feed.ts';
import { createNotices } from '../relayer/events/notices.ts';
import { indexEvents } from '../relayer/history/index-events.ts';
import { createMetrics } from '../relayer/monitoring/metrics.ts';
import { runLoop } from '../relayer/async/loop.ts';
import { openHistoryDatabase, openWebhookDatabase } from '../relayer/store/database.ts';
import { openHistory } from '../relayer/store/history.ts';
import { openWebhookStore } from '../relayer/store/webhook-store.ts';
import { openWebhooks } from '../relayer/webhooks/webhooks.ts';
import { bridges, holder, logOf, productToken } from '../test/relayer/support.ts';

const SECONDS = Number(process.argv[2] ?? 30);
const TRANSFERS_PER_SECOND = 50;
const BLOCKS_PER_SECOND = 5;
const OF_EACH_KIND = 10;

const directory = mkdtempSync(join(tmpdir(), 'pegway-events-'));
const stopping = new AbortController();
const { signal } = stopping;

// The subscribers.
const subscribers = fork(join(import.meta.dirname, 'events/subscribers.ts'), [String(OF_EACH_KIND)]);
const [urls] = (await once(subscribers, 'message')) as [string[]];

// The relayer, as far as it serves events.
const history = openHistory({
  ...{ database: openHistoryDatabase(directory), deployment: 'a-b', mainBridge: bridges[0] },
});
const heads: Record<Side, bigint> = { main: 0n, product: 0n };
const feed = createEventFeed({
  store: history.events,
  chainIds: { main: 1, product: 2 },
  covered: (side) => ({ low: 0n, high: heads[side] }),
  notices: createNotices(),
  isReversed: () => false,
  ended: signal,
});
writeFileSync(join(directory, 'secret'), `whsec_${Buffer.alloc(32).toString('base64')}`, { mode: 0o600 });
const settings = {
  ...{ secretFiles: ['secret'], kinds: undefined, productTokens: undefined, after: undefined },
  ...{ allowPrivate: true, timeoutSeconds: 15 },
};
const webhooks = openWebhooks({
  config: {
    directory,
    standSeconds: 120,
    webhooks: urls.map((url, index) => ({ ...settings, name: `w${index}`, url })),
  },
  ...{ store: openWebhookStore(openWebhookDatabase(directory)), feed, metrics: createMetrics(), signal },
  isLeaseHeld: () => true,
  log: { warn: (fields, message) => console.error(message, fields) },
});
const loops = webhooks.loops.map(({ round, onError }) =>
  runLoop({ signal, round, retrySeconds: 1, onError: (error) => onError?.(error) }),
);
const server = await createServer({ openToPages: true });
await server.register(
  (scope, _, done) => {
    registerEvents(scope, () => feed, { limits: createEventLimits(), signal });
    done();
  },
  { prefix: '/v1' },
);
subscribers.send(await server.listen({ host: '127.0.0.1', port: 0 }));
await sleep(1_000);

/** Makes one block of a chain, and takes its logs in. @returns the ids of its events. */
function ingest(side: Side, logs: readonly { readonly topics: Hex[]; readonly data: Hex }[]): void {
  const block = heads[side] + 1n;
  const address = side === 'main' ? bridges[0] : bridges[1];
  const timed = logs.map((log, index) => ({
    event: decodeBridgeLog(side, { ...logOf(block, index), ...log, address }),
    at: BigInt(Math.floor(Date.now() / 1_000)),
  }));
  const began = performance.timeOrigin + performance.now();
  indexEvents(timed, { history, currentStatus: () => 'open', signers: () => [], onSignature: () => undefined });
  heads[side] = block;
  feed.notify();
  ingestedAt.set(`${side === 'main' ? 1 : 2}-${block}`, began);
}

const deposit = (nonce: bigint) => ({
  topics: encodeEventTopics({
    ...{ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args: { productToken, nonce, depositor: holder } },
  }) as Hex[],
  data: encodeAbiParameters(
    ['address', 'uint256', 'uint256', 'uint64'].map((type) => ({ type })),
    [holder, 5n, 10n, 0n],
  ),
});
const execution = (firstNonce: bigint, count: number) => ({
  topics: encodeEventTopics({
    ...{ abi: productBridgeAbi, eventName: 'TransfersExecuted', args: { productToken, firstNonce } },
  }) as Hex[],
  data: encodeAbiParameters(
    ['uint256', 'uint32', 'bytes32'].map((type) => ({ type })),
    [(1n << BigInt(count)) - 1n, 0b1111, numberToHex(1, { size: 32 })],
  ),
});

/** By chain and block, in milliseconds since the epoch. */
const ingestedAt = new Map<string, number>();
const perBlock = TRANSFERS_PER_SECOND / BLOCKS_PER_SECOND;
const began = performance.now();
const processor = process.cpuUsage();
for (let block = 0; block < SECONDS * BLOCKS_PER_SECOND; block++) {
  await sleep(Math.max(0, began + (block * 1_000) / BLOCKS_PER_SECOND - performance.now()));
  const first = BigInt(block * perBlock);
  ingest(
    'main',
    Array.from({ length: perBlock }, (_, index) => deposit(first + BigInt(index))),
  );
  ingest('product', [execution(first, perBlock)]);
}
await sleep(3_000);
const { user, system } = process.cpuUsage(processor);

subscribers.kill('SIGTERM');
const [deliveries] = (await once(subscribers, 'message')) as [[string, string, number][]];
stopping.abort();
await Promise.all(loops);
await webhooks[Symbol.asyncDispose]();
await server.close();
rmSync(directory, { recursive: true, force: true });

// 50 transfers are 100 events: each departs and is executed.
const expected = SECONDS * TRANSFERS_PER_SECOND * 2;
const figures = ['stream', 'webhook'].flatMap((kind) => {
  const of = deliveries.filter(([subscriber]) => subscriber.startsWith(kind));
  const delays = of.map(([, id, at]) => at - (ingestedAt.get(id.split('-').slice(0, 2).join('-')) ?? NaN));
  const distinct = new Set(of.map(([subscriber, id]) => `${subscriber} ${id}`)).size;
  return [
    figure(`${kind}: delivered`, distinct / (expected * OF_EACH_KIND), 'of 1'),
    figure(`${kind}: repeated`, of.length - distinct, 'events'),
    ...[0.5, 0.95, 0.99].map((share) => figure(`${kind}: p${share * 100}`, Math.round(quantile(delays, share)), 'ms')),
  ];
});
figures.push(
  figure('processor time of the relayer', Number(((user + system) / 1e6 / SECONDS).toFixed(2)), 's a second'),
);
for (const { name, value, unit } of figures) console.log(`${name}: ${value} ${unit}`);
mkdirSync('bench/results', { recursive: true });
writeFileSync('bench/results/events.json', `${JSON.stringify(figures, undefined, 2)}\n`);
