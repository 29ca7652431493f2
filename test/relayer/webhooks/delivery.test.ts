import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import type { EventKind } from '../../../protocol/events.ts';
import { createEventFeed } from '../../../relayer/events/event-feed.ts';
import { createNotices } from '../../../relayer/events/notices.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { openHistoryDatabase, openWebhookDatabase } from '../../../relayer/store/database.ts';
import { openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type WebhookStore, openWebhookStore } from '../../../relayer/store/webhook-store.ts';
import type { Message, Outcome } from '../../../relayer/webhooks/client.ts';
import { MOST_PENDING, createDelivery } from '../../../relayer/webhooks/delivery.ts';
import { ATTEMPTS } from '../../../relayer/webhooks/schedule.ts';
import { eventually } from '../../support/wait.ts';
import { bridges, holder, logOf, productToken } from '../support.ts';

const START = 1_800_000_000;
const delivered: Outcome = { kind: 'delivered' };
const failed = (retryAfterSeconds?: number): Outcome => ({ kind: 'failed', error: 'HTTP 500', retryAfterSeconds });

/** The log of a deposit. */
function depositOf(block: bigint) {
  const args = { productToken, nonce: block, depositor: holder };
  const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args }) as Hex[];
  const types = ['address', 'uint256', 'uint256', 'uint64'].map((type) => ({ type }));
  return { ...logOf(block), topics, data: encodeAbiParameters(types, [holder, 5n, 10n, 0n]) };
}

describe('the deliveries of a webhook', () => {
  let history: RecordDatabase;
  let records: RecordDatabase;
  let store: WebhookStore;
  let time: number;
  let isLeaseHeld: boolean;
  let head: bigint;
  let attempts: Message[];
  /** The answer of the receiver, or undefined to hang. */
  let answer: (message: Message) => Outcome | Promise<Outcome>;
  beforeEach(() => {
    [history, records] = [new RecordDatabase(':memory:'), new RecordDatabase(':memory:')];
    store = openWebhookStore(records);
    [time, isLeaseHeld, head, attempts] = [START, true, 0n, []];
    answer = () => delivered;
  });
  afterEach(() => {
    history.close();
    records.close();
  });

  const feedOf = () => {
    const { events } = openHistory({ database: history, deployment: 'a-b', mainBridge: bridges[0] });
    const feed = createEventFeed({
      store: events,
      chainIds: { main: 1, product: 2 },
      covered: () => ({ low: 0n, high: head }),
      notices: createNotices(),
      isReversed: () => false,
      ended: new AbortController().signal,
    });
    return { events, feed };
  };
  /** Adds deposits, one a block. */
  const deposit = (count: number) => {
    const { events } = feedOf();
    for (; count > 0; count--) {
      head += 1n;
      events.add('main', { log: depositOf(head), timestamp: BigInt(START) });
    }
  };
  /** A process that delivers. */
  const start = (options: { kinds?: EventKind[]; name?: string } = {}) => {
    const stopping = new AbortController();
    const { feed } = feedOf();
    const delivery = createDelivery({
      ...{
        name: 'hook',
        kinds: undefined,
        productTokens: undefined,
        after: undefined,
        store,
        metrics: createMetrics(),
      },
      // Nothing waits: a round ends once it has started what it can.
      feed: { ...feed, next: () => Promise.resolve() },
      client: {
        async post(message, signal) {
          attempts.push(message);
          const aborted = Promise.withResolvers<never>();
          signal.addEventListener('abort', () => aborted.reject(new Error('aborted')));
          return Promise.race([answer(message), aborted.promise]);
        },
      },
      isLeaseHeld: () => isLeaseHeld,
      log: { warn: () => undefined },
      signal: stopping.signal,
      now: () => time,
      ...options,
    });
    return {
      ...delivery,
      /** Rounds until nothing new starts. */
      async settle() {
        for (let before = -1; before !== attempts.length;) {
          before = attempts.length;
          for (let round = 0; round < 4; round++) {
            await delivery.round();
            await new Promise(setImmediate);
          }
        }
      },
      async stop() {
        stopping.abort();
        await delivery.ended();
      },
    };
  };
  const ids = () => attempts.map(({ id }) => id);
  const idOf = (block: number) => `1-${block}-0-0`;

  it('send each event once, with what verifies it, and continue there after a restart', async () => {
    deposit(40);
    const first = start();
    await first.settle();
    await first.stop();
    assert.deepEqual(
      ids(),
      Array.from({ length: 40 }, (_, index) => idOf(index + 1)),
    );
    const { type, timestamp, data } = JSON.parse(attempts[0]?.body ?? '') as Record<string, Record<string, unknown>>;
    assert.deepEqual([type, timestamp], ['departed', '2027-01-15T08:00:00.000Z']);
    assert.deepEqual(
      [data?.['id'], data?.['chainId'], data?.['block'], data?.['log'], data?.['cursor']],
      [idOf(1), 1, '1', 0, 'm1.0.0_p0.0.0'],
    );
    assert.match(`${String(data?.['blockHash'])} ${String(data?.['transactionHash'])}`, /^0x2{64} 0x3{64}$/);

    deposit(1);
    const second = start();
    await second.settle();
    await second.stop();
    assert.deepEqual(ids().slice(40), [idOf(41)]);
  });

  it('repeat a failed event at the times of the schedule, then keep it as a dead letter that can be replayed', async () => {
    deposit(1);
    answer = () => failed();
    const delivery = start();
    await delivery.settle();
    const times: number[] = [];
    while (store.pending('hook') > 0) {
      const [{ nextAt = 0 } = {}] = store.due('hook', Infinity, 1);
      times.push(nextAt - time);
      time = nextAt - 1.001;
      const before = attempts.length;
      await delivery.settle();
      assert.equal(attempts.length, before, 'nothing before its time');
      time = nextAt;
      await delivery.settle();
    }
    const hours = [1, 2, 4, 8, 12, 12].map((hour) => hour * 3_600);
    assert.deepEqual(times, [5, 60, 300, 1_800, ...hours]);
    assert.equal(attempts.length, ATTEMPTS);
    assert.deepEqual(
      store.deadLetters('hook', 9).map(({ id, attempts, error }) => ({ id, attempts, error })),
      [{ id: idOf(1), attempts: 11, error: 'HTTP 500' }],
    );

    answer = () => delivered;
    assert.equal(store.replay('hook', time), 1);
    time += 1;
    await delivery.settle();
    assert.deepEqual([attempts.length, store.counts('hook').deadLetters], [ATTEMPTS + 1, 0]);
    assert.deepEqual(new Set(attempts.map(({ body }) => body)).size, 1, 'the same message each time');
    await delivery.stop();
  });

  it('wait as long as a receiver asks', async () => {
    deposit(1);
    answer = () => failed(120);
    const delivery = start();
    await delivery.settle();
    assert.equal(store.due('hook', Infinity, 1)[0]?.nextAt, START + 120);
    await delivery.stop();
  });

  it('lose none when the process is killed during attempts', async (test) => {
    const folder = mkdtempSync(join(tmpdir(), 'pegway-webhooks-'));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    history.close();
    history = openHistoryDatabase(folder);
    deposit(30);

    const received: string[] = [];
    const server = createServer((request, response) => {
      const id = String(request.headers['webhook-id']);
      const isFirst = !received.includes(id);
      received.push(id);
      // The receiver never answers the first attempts for two of them.
      if (isFirst && [idOf(3), idOf(20)].includes(id)) return;
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const launch = () => {
      const args = ['test/relayer/webhooks/deliver.ts', folder, url, String(head)];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      test.after(() => child.kill('SIGKILL'));
      return child;
    };
    const cursor = () => {
      using database = openWebhookDatabase(folder);
      return openWebhookStore(database).cursor('hook');
    };

    const killed = launch();
    await eventually('all are received', () => new Set(received).size === 30);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    assert.notEqual(cursor(), 'm30.0.0_p0.0.0', 'not beyond the ones without an answer');
    launch();
    await eventually('all are acknowledged', () => cursor() === 'm30.0.0_p0.0.0');
    for (const block of [3, 20]) assert.equal(received.filter((id) => id === idOf(block)).length, 2, 'sent again');
  });

  it('let one that hangs delay no other', async () => {
    deposit(100);
    answer = ({ id }) => (id === idOf(1) ? new Promise<never>(() => undefined) : delivered);
    const delivery = start();
    await delivery.settle();
    assert.equal(new Set(ids()).size, 100);
    await delivery.stop();
    assert.equal(store.cursor('hook'), undefined, 'not beyond the one that hangs');
  });

  it('take no more events while a receiver that is down has its fill', async () => {
    deposit(MOST_PENDING + 500);
    answer = () => failed();
    const delivery = start();
    await delivery.settle();
    assert.ok(store.pending('hook') >= MOST_PENDING && store.pending('hook') < MOST_PENDING + 72);
    answer = () => delivered;
    time += 5;
    await delivery.settle();
    assert.equal(new Set(ids()).size, MOST_PENDING + 500);
    assert.equal(store.pending('hook'), 0);
    await delivery.stop();
  });

  it('end with 410, and continue without a gap once enabled', async () => {
    deposit(2);
    answer = () => ({ kind: 'gone' });
    const delivery = start();
    await delivery.settle();
    deposit(3);
    const before = attempts.length;
    time += 100_000;
    await delivery.settle();
    assert.equal(attempts.length, before);
    answer = () => delivered;
    store.enable('hook');
    time += 1;
    await delivery.settle();
    assert.deepEqual(new Set(ids().slice(before)), new Set([1, 2, 3, 4, 5].map(idOf)));
    await delivery.stop();
  });

  it('send nothing without the lease', async () => {
    deposit(3);
    isLeaseHeld = false;
    const delivery = start();
    await delivery.settle();
    assert.equal(attempts.length, 0);
    isLeaseHeld = true;
    await delivery.settle();
    assert.equal(attempts.length, 3);
    await delivery.stop();
  });

  it('skip other kinds and remember that they did', async () => {
    deposit(50);
    const delivery = start({ kinds: ['executed'] });
    await delivery.settle();
    await delivery.stop();
    assert.deepEqual([attempts.length, store.cursor('hook')], [0, 'm50.0.0_p0.0.0']);
  });

  it('of two webhooks are independent', async () => {
    deposit(5);
    answer = () => failed();
    const [one, other] = [start(), start({ name: 'other' })];
    await one.settle();
    answer = () => delivered;
    await other.settle();
    assert.deepEqual([store.pending('hook'), store.pending('other')], [5, 0]);
    await one.stop();
    await other.stop();
  });
});
