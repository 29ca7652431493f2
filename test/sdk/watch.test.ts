import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';
import { type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { createEventLimits, registerEvents } from '../../relayer/api/events-routes.ts';
import { createServer } from '../../relayer/api/http-server.ts';
import { createEventFeed } from '../../relayer/events/event-feed.ts';
import { createNotices } from '../../relayer/events/notices.ts';
import { openHistory } from '../../relayer/store/history.ts';
import { RecordDatabase } from '../../relayer/store/record-database.ts';
import { type Notice, RelayerError, type SignedNotice, type StreamedEvent, watch } from '../../sdk/index.ts';
import { bridges, holder, logOf, productToken } from '../relayer/support.ts';

const signed: SignedNotice = {
  ...{ kind: 'signed', signer: holder, statement: 'batch', direction: 'mint', productToken },
  ...{ firstNonce: 2n ** 60n, count: 3, digest: `0x${'ab'.repeat(32)}` },
};

/** A relayer of which only the routes of events run, over a real port. */
async function startRelayer() {
  const database = new RecordDatabase(':memory:');
  const { events } = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
  const closing = new AbortController();
  let head = 0n;
  let low = 0n;
  const notices = createNotices(() => 1_800_000_000);
  const feed = createEventFeed({
    store: events,
    chainIds: { main: 1, product: 2 },
    covered: () => ({ low, high: head }),
    notices,
    isReversed: () => false,
    ended: new AbortController().signal,
  });
  const server: FastifyInstance = await createServer({ openToPages: true });
  let requests = 0;
  server.addHook('onRequest', (_request, _reply, done) => {
    requests += 1;
    done();
  });
  await server.register(
    (scope, _, done) => {
      registerEvents(scope, () => feed, { limits: createEventLimits(), signal: closing.signal });
      done();
    },
    { prefix: '/v1' },
  );
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    requests: () => requests,
    /** Reads blocks up to this one, each with a deposit. */
    advance(to: bigint) {
      for (head += 1n; head <= to; head += 1n) {
        const args = { productToken, nonce: head, depositor: holder };
        const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args }) as Hex[];
        const types = ['address', 'uint256', 'uint256', 'uint64'].map((type) => ({ type }));
        const data = encodeAbiParameters(types, [holder, 5n, 10n, 0n]);
        events.add('main', { log: { ...logOf(head), topics, data }, timestamp: 1_800_000_000n });
      }
      head = to;
      feed.notify();
    },
    signed: () => notices.publish(signed),
    /** As after the loss of its data: older blocks are not read yet. */
    lose: (from: bigint) => void (low = from),
    prune: () => events.prune('main', 1_900_000_000n),
    async stop() {
      closing.abort();
      server.server.closeAllConnections();
      await server.close();
      database.close();
    },
  };
}

describe('watch', () => {
  const running: Awaited<ReturnType<typeof startRelayer>>[] = [];
  const start = async () => {
    const one = await startRelayer();
    running.push(one);
    return one;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });
  const take = async (events: AsyncGenerator<StreamedEvent, never>, count: number): Promise<StreamedEvent[]> => {
    const taken: StreamedEvent[] = [];
    while (taken.length < count) taken.push((await events.next()).value);
    return taken;
  };
  const blocks = (events: readonly StreamedEvent[]) => events.map(({ block }) => Number(block));

  it('yields what there is, then each event as it becomes final, as typed values', async () => {
    const one = await start();
    one.advance(2n);
    const events = watch({ relayers: [one.url] });
    const [first] = await take(events, 2);
    assert.deepEqual(
      [first?.id, first?.kind, first?.side, first?.block, first?.nonce, first?.timestamp, first?.cursor],
      ['1-1-0-0', 'departed', 'main', 1n, 1n, 1_800_000_000n, 'm1.0.0_p0.0.0'],
    );
    const next = take(events, 1);
    one.advance(3n);
    assert.deepEqual(blocks(await next), [3]);
    await events.return(undefined as never);
  });

  it('continues at the next relayer without a gap or a repeat, whether that is behind or ahead', async () => {
    const [one, other, third] = [await start(), await start(), await start()];
    one.advance(5n);
    other.advance(3n);
    third.advance(9n);
    const events = watch({ relayers: [one.url, other.url, third.url] });
    assert.deepEqual(blocks(await take(events, 4)), [1, 2, 3, 4]);
    await one.stop();
    // The other one serves nothing until it has caught up.
    const next = take(events, 3);
    other.advance(7n);
    assert.deepEqual(blocks(await next), [5, 6, 7]);
    await other.stop();
    assert.deepEqual(blocks(await take(events, 2)), [8, 9]);
    running.splice(0, 2);
    await events.return(undefined as never);
  });

  it('resumes after a stored cursor, and refuses text that is none', async () => {
    const one = await start();
    one.advance(4n);
    const events = watch({ relayers: [one.url], after: 'm3.0.0_p0.0.0' });
    assert.deepEqual(blocks(await take(events, 1)), [4]);
    await events.return(undefined as never);
    await assert.rejects(watch({ relayers: [one.url], after: 'm3' }).next(), /not a cursor: m3/);
  });

  it('leaves a relayer that has none of the events yet, or no events for long', async () => {
    const [lost, idle, well] = [await start(), await start(), await start()];
    for (const one of [lost, idle, well]) one.advance(2n);
    lost.lose(2n);
    well.advance(4n);
    const events = watch({ relayers: [lost.url, idle.url, well.url], after: 'm0.0.0_p0.0.0', idleSeconds: 0.2 });
    assert.deepEqual(blocks(await take(events, 4)), [1, 2, 3, 4]);
    assert.deepEqual([lost.requests(), idle.requests(), well.requests()], [1, 1, 1]);
    await events.return(undefined as never);
  });

  it('fails when no relayer keeps the events after the cursor', async () => {
    const [one, other] = [await start(), await start()];
    for (const relayer of [one, other]) {
      relayer.advance(2n);
      relayer.prune();
    }
    await assert.rejects(watch({ relayers: [one.url, other.url], after: 'm1.0.0_p0.0.0' }).next(), (error) => {
      assert.ok(error instanceof RelayerError);
      assert.deepEqual([error.status, error.reason], [410, 'events-expired']);
      return true;
    });
  });

  it('ends with the reason of its signal, while it waits and while it has no connection', async () => {
    const one = await start();
    const stopping = new AbortController();
    const waiting = watch({ relayers: [one.url], signal: stopping.signal }).next();
    const failing = watch({ relayers: ['http://127.0.0.1:1'], signal: stopping.signal }).next();
    const reason = new Error('enough');
    setTimeout(() => stopping.abort(reason), 50);
    await assert.rejects(waiting, reason);
    await assert.rejects(failing, reason);
  });

  it('yields only the kinds that are requested', async () => {
    const one = await start();
    one.advance(3n);
    const stopping = new AbortController();
    const events = watch({ relayers: [one.url], kinds: ['executed'], signal: stopping.signal });
    const next = events.next();
    setTimeout(() => stopping.abort(new Error('none')), 100);
    await assert.rejects(next, /none/);
  });

  it('passes on notices of the relayer that it follows, which count neither as events nor as a sign that it reads the chains', async () => {
    const one = await start();
    const other = await start();
    one.advance(1n);
    other.advance(2n);
    const heard: (readonly [Notice, string])[] = [];
    const onNotice = (...notice: [Notice, string]) => void heard.push(notice);
    const events = watch({ relayers: [one.url, other.url], onNotice, idleSeconds: 0.3 });
    assert.deepEqual(blocks(await take(events, 1)), [1]);
    const signing = setInterval(() => one.signed(), 20);
    assert.deepEqual(blocks(await take(events, 1)), [2]);
    clearInterval(signing);
    assert.deepEqual(heard[0], [{ ...signed, at: 1_800_000_000n }, one.url]);
    await events.return(undefined as never);
  });

  it('ends with an error of the function that it passes notices to', async () => {
    const one = await start();
    const failing = watch({ relayers: [one.url], onNotice: () => assert.fail('not expected') }).next();
    const signing = setInterval(() => one.signed(), 20);
    await assert.rejects(failing, /not expected/);
    clearInterval(signing);
  });
});
