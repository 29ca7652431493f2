import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';

import { type EventCursor, firstCursor, formatCursor } from '../../../protocol/events.ts';
import { REQUESTS_PER_SECOND, createEventLimits, registerEvents } from '../../../relayer/api/events-routes.ts';
import { createServer } from '../../../relayer/api/http-server.ts';
import type { EventFeed } from '../../../relayer/events/event-feed.ts';
import { createNotices } from '../../../relayer/events/notices.ts';

describe('the routes of events', () => {
  let server: FastifyInstance;
  let page: EventFeed['page'];
  let closing: AbortController;
  beforeEach(async () => {
    server = await createServer({ openToPages: true });
    closing = new AbortController();
    const feed: EventFeed = {
      page: (after, limit) => page(after, limit),
      next: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      find: () => undefined,
      notify: () => undefined,
      notices: createNotices(),
      ended: new AbortController().signal,
    };
    const routes = { limits: createEventLimits(), signal: closing.signal };
    await server.register(
      (scope, _, done) => {
        registerEvents(scope, () => feed, routes);
        done();
      },
      { prefix: '/v1' },
    );
  });
  afterEach(async () => {
    closing.abort();
    await server.close();
  });
  const empty = (after: EventCursor = firstCursor) => ({ events: [], cursor: formatCursor(after), more: false });
  const get = (url: string, headers = {}) => server.inject({ url, headers });

  it('answer 400 to anything but a cursor, naming the field', async () => {
    page = () => assert.fail();
    for (const url of [
      '/v1/events?after=12',
      '/v1/events/stream?after=m1',
      '/v1/events?limit=0',
      '/v1/events?notices=1',
    ]) {
      const { statusCode, body } = await get(url);
      assert.equal(statusCode, 400, url);
      assert.match(body, /after|limit|notices/);
    }
  });

  it('answer 503, 410 and 409 with what a consumer needs to continue', async () => {
    const refused = async (obstacle: ReturnType<EventFeed['page']>, path: string) => {
      page = () => obstacle;
      const { statusCode, body } = await get(path);
      const { message: _, ...rest } = JSON.parse(body) as Record<string, unknown>;
      return { statusCode, ...rest };
    };
    const range = { low: 5n, high: 9n };
    for (const path of ['/v1/events', '/v1/events/stream']) {
      assert.deepEqual(await refused({ kind: 'incomplete', blocks: { main: range, product: range } }, path), {
        ...{ statusCode: 503, reason: 'history-incomplete' },
        blocks: { main: { low: '5', high: '9' }, product: { low: '5', high: '9' } },
      });
      assert.deepEqual(await refused({ kind: 'expired', oldest: 'm1.2.3_p4.5.6' }, path), {
        ...{ statusCode: 410, reason: 'events-expired', oldest: 'm1.2.3_p4.5.6' },
      });
      assert.deepEqual(await refused({ kind: 'reversed' }, path), { statusCode: 409, reason: 'finality-reversed' });
    }
  });

  it('prefer the id of the last event that a client has received to the address that it opened', async () => {
    const asked: (string | undefined)[] = [];
    page = (after) => {
      asked.push(after && formatCursor(after));
      // The page is read once before the stream begins.
      if (asked.length > 1) return { kind: 'reversed' };
      return empty(after);
    };
    const { body } = await get('/v1/events/stream?after=m1.0.0_p1.0.0', { 'last-event-id': 'm2.0.0_p2.0.0' });
    assert.equal(body, 'retry: 1000\n\n');
    assert.deepEqual(asked, ['m2.0.0_p2.0.0', 'm2.0.0_p2.0.0']);
  });

  it('answer 429 to a caller that exceeds its budget', async () => {
    page = () => empty();
    const answers = await Promise.all(Array.from({ length: REQUESTS_PER_SECOND + 1 }, () => get('/v1/events')));
    assert.equal(answers.filter(({ statusCode }) => statusCode === 429).length, 1);
  });
});
