import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type StreamedEvent, firstCursor, formatCursor } from '../../../protocol/events.ts';
import { createEventFeed } from '../../../relayer/events/event-feed.ts';
import { KEPT, createNotices } from '../../../relayer/events/notices.ts';
import { streamEvents } from '../../../relayer/events/stream.ts';
import { productToken } from '../support.ts';

/** A feed that serves events from memory. */
function memoryFeed(initial = 0) {
  let count = initial;
  let pages = 0;
  const published = createNotices(() => 1_800_000_000);
  const { next, notify, notices, ended } = createEventFeed({
    store: { after: () => [], keptFrom: () => 0n },
    chainIds: { main: 1, product: 2 },
    covered: () => ({ low: 0n, high: 0n }),
    notices: published,
    isReversed: () => false,
    ended: new AbortController().signal,
  });
  return {
    ...{ next, notify, notices, ended },
    notice: (clean: boolean) => published.publish({ kind: 'audit', productToken, clean }),
    add() {
      count += 1;
      notify();
    },
    pages: () => pages,
    page(after = firstCursor, limit: number) {
      pages += 1;
      const from = Number(after.main.block);
      const events = Array.from({ length: Math.min(limit, count - from) }, (_, index) => {
        const block = BigInt(from + index + 1);
        const cursor = formatCursor({ ...firstCursor, main: { block, log: 0, item: 0 } });
        return { id: `1-${block}-0-0`, cursor } as StreamedEvent;
      });
      return { events, cursor: events.at(-1)?.cursor ?? formatCursor(after), more: false };
    },
  };
}

const idsIn = (text: string) => [...text.matchAll(/"id":"1-(\d+)-0-0"/g)].map(([, id]) => Number(id));

describe('streamEvents', () => {
  const open = (
    feed: ReturnType<typeof memoryFeed>,
    options: { heartbeatSeconds?: number; stallSeconds?: number; withNotices?: boolean } = {},
  ) => {
    const ending = new AbortController();
    let stalls = 0;
    const stream = streamEvents(feed, {
      ...{ after: undefined, signal: ending.signal, onStalled: () => (stalls += 1) },
      ...options,
    });
    return { stream, ending, stalls: () => stalls };
  };

  it('sends what there is, then each event as it comes, with its cursor as id', async () => {
    const feed = memoryFeed(2);
    const { stream, ending } = open(feed);
    assert.equal((await stream.next()).value, 'retry: 1000\n\n');
    const { value } = (await stream.next()) as { value: string };
    assert.deepEqual(idsIn(value), [1, 2]);
    assert.match(value, /^id: m1\.0\.0_p0\.0\.0\ndata: \{.*\}\n\nid: m2\.0\.0_p0\.0\.0\ndata: /);
    const next = stream.next() as Promise<{ value: string }>;
    feed.add();
    assert.deepEqual(idsIn((await next).value), [3]);
    const last = stream.next();
    ending.abort();
    assert.equal((await last).done, true);
  });

  it('reads no further events for a client that takes none', async () => {
    const feed = memoryFeed(1_000);
    const { stream } = open(feed);
    await stream.next();
    await stream.next();
    assert.equal(feed.pages(), 1);
    for (let count = 0; count < 100; count++) feed.add();
    assert.equal(feed.pages(), 1);
    await stream.return(undefined);
  });

  it('reports a client that takes nothing', async () => {
    const stalled = Promise.withResolvers<undefined>();
    const stream = streamEvents(memoryFeed(1), {
      ...{ after: undefined, signal: new AbortController().signal, stallSeconds: 0.01 },
      onStalled: () => stalled.resolve(undefined),
    });
    // Its timer keeps no process alive.
    const alive = setInterval(() => undefined, 1_000);
    await stream.next();
    await stalled.promise;
    clearInterval(alive);
    await stream.return(undefined);
  });

  it('sends a comment while there is nothing to send', async () => {
    const { stream } = open(memoryFeed(), { heartbeatSeconds: 0.01 });
    await stream.next();
    const alive = setInterval(() => undefined, 1_000);
    assert.equal((await stream.next()).value, ': alive\n\n');
    clearInterval(alive);
    await stream.return(undefined);
  });

  const valueOf = async (stream: AsyncGenerator<string>) => (await stream.next()).value as string;
  const audits = (text: string) => [...text.matchAll(/"clean":(true|false)/g)].map(([, clean]) => clean === 'true');

  it('sends notices without an id to a client that asks for them, from its connection on', async () => {
    const feed = memoryFeed(1);
    const { stream } = open(feed, { withNotices: true });
    const plain = open(feed, { heartbeatSeconds: 0.01 }).stream;
    feed.notice(true);
    for (const each of [stream, plain]) await each.next();
    feed.notice(false);
    // With the events that are there, and moving none of their cursors.
    const first = await valueOf(stream);
    assert.deepEqual(audits(first), [false]);
    assert.deepEqual(first.match(/^id: .*$/gm), ['id: m1.0.0_p0.0.0']);
    assert.match(first, /^event: notice\ndata: \{"kind":"audit",[^\n]*"at":"1800000000"\}\n\nid: /);
    // Later, without any event.
    const next = valueOf(stream);
    feed.notice(true);
    assert.deepEqual(audits(await next), [true]);
    assert.deepEqual(idsIn(await valueOf(plain)), [1]);
    const alive = setInterval(() => undefined, 1_000);
    assert.equal(await valueOf(plain), ': alive\n\n');
    clearInterval(alive);
    for (const each of [stream, plain]) await each.return(undefined);
  });

  it('keeps a bounded number of notices for a client that takes none', async () => {
    const feed = memoryFeed();
    const { stream } = open(feed, { withNotices: true });
    await stream.next();
    const next = valueOf(stream);
    feed.notice(true);
    await next;
    for (let count = 0; count < KEPT; count++) feed.notice(true);
    feed.notice(false);
    const taken = audits(await valueOf(stream));
    assert.deepEqual([taken.length, taken.at(-1)], [KEPT, false]);
    await stream.return(undefined);
  });
});
