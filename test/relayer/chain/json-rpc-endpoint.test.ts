import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { RpcError, UnreachableError } from '../../../relayer/chain/rpc-errors.ts';
import { classifyBroadcastError } from '../../../relayer/tx/broadcast-errors.ts';
import { type Received, honest, honestly, sendJson, startBadServer } from './support/bad-server.ts';
import { answered, ask, errorItem, failureOf, header, open } from './support/endpoint.ts';

/** A server with a limit: `refuse` handles longer batches. */
const limited = (most: number, refuse: (response: ServerResponse, received: Received) => void) =>
  startBadServer((received, response) =>
    received.calls.length > most ? refuse(response, received) : sendJson(response, honestly(received)),
  );
const sizes = (received: readonly Received[]) => received.map(({ calls }) => calls.length);

describe('an endpoint', () => {
  describe('answers by id', () => {
    it('leaves a request unanswered whose item is missing: the tip never becomes the finalized head', async () => {
      await using server = await startBadServer(({ calls }, response) =>
        sendJson(response, calls.map(honest).slice(1)),
      );
      await using endpoint = open(server.url);
      const [finalized, latest] = await Promise.allSettled([header(endpoint, 'finalized'), header(endpoint, 'latest')]);
      assert.deepEqual(latest, { status: 'fulfilled', value: 'header latest' });
      assert.ok(finalized.status === 'rejected' && finalized.reason instanceof UnreachableError);
      assert.match(
        finalized.reason.message,
        /^header at 0-127\.0\.0\.1:\d+: no answer \(the response lacks this request\)$/,
      );
    });

    it('takes items in any order', async () => {
      await using server = await startBadServer(({ calls }, response) =>
        sendJson(response, calls.map(honest).reverse()),
      );
      await using endpoint = open(server.url);
      assert.deepEqual(await ask(endpoint, 5), answered(5));
      assert.equal(server.received.length, 1);
    });

    it('leaves a request unanswered whose id comes twice', async () => {
      await using server = await startBadServer(({ calls }, response) => {
        const [first, second] = calls.map(honest);
        sendJson(response, [first, { ...second, id: first?.id }, second]);
      });
      await using endpoint = open(server.url);
      const [one, two] = await ask(endpoint, 2);
      assert.match(one ?? '', /id more than once/);
      assert.equal(two, 'header 1');
    });

    it('does not shift answers by items with id null, and keeps their words', async () => {
      await using server = await startBadServer(({ calls, isBatch }, response) => {
        const [first, ...rest] = calls.map((call) => (call.params[0] === 0 ? undefined : honest(call)));
        const items = [first ?? errorItem(null, -32005, 'rate limit exceeded'), ...rest];
        sendJson(response, isBatch ? items : [items[0]]);
      });
      await using endpoint = open(server.url);
      const [refused, ...others] = await Promise.allSettled([0, 1, 2].map((tag) => header(endpoint, tag)));
      assert.ok(refused?.status === 'rejected' && refused.reason instanceof UnreachableError);
      assert.match(refused.reason.message, /-32005: rate limit exceeded/);
      assert.equal(classifyBroadcastError(refused.reason), 'rate-limited');
      assert.deepEqual(
        others.map((one) => one.status === 'fulfilled' && one.value),
        ['header 1', 'header 2'],
      );
    });

    it('does not take the words of an unanswered transaction for a verdict about it', async () => {
      await using server = await startBadServer((_received, response) =>
        sendJson(response, [errorItem(null, -32000, 'nonce too low')]),
      );
      await using endpoint = open(server.url);
      assert.equal(
        classifyBroadcastError(await failureOf(endpoint.request('eth_sendRawTransaction', ['0x']))),
        'unreachable',
      );
    });
  });

  describe('whose node limits batches', () => {
    const oneObject = (response: ServerResponse) =>
      sendJson(response, errorItem(null, -32000, 'batch limit 3 exceeded (can increase by --rpc.batch.limit)'));
    const refusals: readonly [string, (response: ServerResponse, received: Received) => void][] = [
      ['one error object', oneObject],
      ['status 413', (response) => response.writeHead(413).end('Payload Too Large')],
      ['status 429 and one object', (response) => sendJson(response, errorItem(null, -32005, 'too many'), 429)],
      ['status 400 in plain text', (response) => response.writeHead(400).end('batch too large')],
      ...[403, 405, 415, 422, 500, 501].map((status): [string, (response: ServerResponse) => void] => [
        `status ${status} and a page`,
        (response) => response.writeHead(status).end('<html>an object, please</html>'),
      ]),
      ['status 500 and one object', (response) => sendJson(response, errorItem(null, -32603, 'no lists'), 500)],
      [
        'one item, under the id of the first request',
        (response, { calls }) => sendJson(response, [errorItem(calls[0]?.id, -32600, 'batch too large')]),
      ],
      [
        'the same error for each item',
        (response, { calls }) =>
          sendJson(
            response,
            calls.map(({ id }) => errorItem(id, -32600, 'batch requests are not supported')),
          ),
      ],
      [
        'an error for the items beyond its size',
        (response, { calls }) =>
          sendJson(
            response,
            calls.map((call, index) => (index < 3 ? honest(call) : errorItem(call.id, -32003, 'response too large'))),
          ),
      ],
      [
        'items with id null beyond the limit',
        (response, { calls }) =>
          sendJson(
            response,
            calls.map((call, index) => (index < 3 ? honest(call) : errorItem(null, -32005, 'limit'))),
          ),
      ],
    ];
    for (const [how, refuse] of refusals) {
      it(`is asked in parts that it takes, which refuses by ${how}`, async () => {
        await using server = await limited(3, refuse);
        await using endpoint = open(server.url);
        assert.deepEqual(await ask(endpoint, 20), answered(20));
        const tries = server.received.length;
        assert.deepEqual(await ask(endpoint, 20), answered(20));
        const later = sizes(server.received.slice(tries));
        assert.ok(Math.max(...later) <= 3, `remembered: ${later.join(' ')}`);
        assert.ok(later.length <= 20, later.join(' '));
      });
    }

    it('is asked for single requests, as objects, where it takes no batches', async () => {
      await using server = await startBadServer((received, response) => {
        if (received.isBatch) sendJson(response, errorItem(null, -32005, 'Batched requests are not supported'));
        else sendJson(response, honestly(received));
      });
      await using endpoint = open(server.url);
      assert.deepEqual(await ask(endpoint, 7), answered(7));
      const tries = server.received.length;
      assert.deepEqual(await ask(endpoint, 7), answered(7));
      assert.deepEqual(sizes(server.received.slice(tries)), Array(7).fill(1));
    });

    it('is sent no batch where the operator switched them off', async () => {
      await using server = await limited(100, oneObject);
      await using endpoint = open(server.url, { largestBatch: 1 });
      assert.deepEqual(await ask(endpoint, 5), answered(5));
      assert.deepEqual(sizes(server.received), [1, 1, 1, 1, 1]);
      assert.ok(server.received.every(({ isBatch }) => !isBatch));
    });

    it('is not asked again request by request behind a gateway that fails', async () => {
      for (const status of [401, 502, 503, 504]) {
        await using server = await limited(3, (response) => response.writeHead(status).end());
        await using endpoint = open(server.url);
        await ask(endpoint, 5);
        assert.equal(server.received.length, 1);
      }
    });

    it('is asked for as much as before once an hour has passed', async () => {
      let now = 0;
      await using server = await limited(3, oneObject);
      await using endpoint = open(server.url, { now: () => now });
      await ask(endpoint, 20);
      now = 3_599;
      const before = server.received.length;
      await ask(endpoint, 20);
      assert.ok(Math.max(...sizes(server.received.slice(before))) <= 3);
      now = 7_200;
      const after = server.received.length;
      await ask(endpoint, 20);
      assert.equal(server.received[after]?.calls.length, 20);
    });

    it('is asked in smaller batches later when it drops items without a word', async () => {
      await using server = await startBadServer((received, response) =>
        sendJson(response, received.isBatch ? received.calls.slice(0, 3).map(honest) : honestly(received)),
      );
      await using endpoint = open(server.url);
      for (let round = 0; round < 4; round++) await ask(endpoint, 12);
      assert.deepEqual(await ask(endpoint, 12), answered(12));
    });

    it('is asked for large answers one by one', async () => {
      await using server = await startBadServer(({ calls, isBatch }, response) => {
        const items = calls.map(({ id }) => ({ jsonrpc: '2.0', id, result: 'ab'.repeat(300) }));
        sendJson(response, isBatch ? items : items[0]);
      });
      await using endpoint = open(server.url, { largestBody: 1_000 });
      assert.deepEqual(await ask(endpoint, 4), Array(4).fill('ab'.repeat(300)));
    });
  });

  describe('that is refused as a whole', () => {
    const { answers } = JSON.parse(
      readFileSync(new URL('../../fixtures/batch-answered-by-one-object.json', import.meta.url), 'utf8'),
    ) as { answers: { who: string; status: number; body: { error: { code: number; message: string } } }[] };
    for (const { who, status, body } of answers) {
      it(`keeps the words, code and status of ${who}, with few requests more`, async () => {
        await using server = await startBadServer((_received, response) => sendJson(response, body, status));
        await using endpoint = open(server.url);
        const failures = await Promise.all(
          Array.from({ length: 30 }, (_, index) => failureOf(header(endpoint, index))),
        );
        for (const failure of failures) {
          assert.ok(failure instanceof RpcError);
          assert.ok(failure.message.includes(body.error.message), failure.message);
          assert.equal(failure.rpcCode, body.error.code);
          assert.equal(failure.status, status === 200 ? undefined : status);
        }
        assert.ok(server.received.length <= 2, `${server.received.length} requests`);
      });
    }

    it('is not asked on in parts when one request is refused in the same words, under its id', async () => {
      await using server = await startBadServer(({ calls, isBatch }, response) =>
        sendJson(response, errorItem(isBatch ? null : calls[0]?.id, -32005, 'daily request count exceeded')),
      );
      await using endpoint = open(server.url);
      const messages = await ask(endpoint, 30);
      assert.ok(messages.every((message) => message.includes('daily request count exceeded')));
      assert.equal(server.received.length, 2);
    });

    it('carries Retry-After of 429, and learns no size from it', async () => {
      let isBusy = true;
      await using server = await startBadServer((received, response) => {
        if (!isBusy) return sendJson(response, honestly(received));
        response.setHeader('retry-after', '7');
        sendJson(response, errorItem(null, 429, 'Your app has exceeded its compute units per second capacity.'), 429);
      });
      await using endpoint = open(server.url);
      const [failure] = await Promise.all([failureOf(header(endpoint, 0)), failureOf(header(endpoint, 1))]);
      assert.deepEqual([failure.status, failure.retryAfterSeconds], [429, 7]);
      assert.equal(classifyBroadcastError(failure), 'rate-limited');
      isBusy = false;
      const before = server.received.length;
      assert.deepEqual(await ask(endpoint, 20), answered(20));
      assert.deepEqual(sizes(server.received.slice(before)), [20]);
    });
  });

  it('reads compressed answers, and counts bytes as they travelled', async () => {
    const body = gzipSync(JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'a'.repeat(10_000) }));
    await using server = await startBadServer((_received, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
    );
    const heard: unknown[] = [];
    await using endpoint = open(server.url, { onResponse: (event) => heard.push(event) });
    assert.equal((await header(endpoint, 0)).length, 10_000);
    assert.equal(server.received[0]?.headers['accept-encoding'], 'gzip');
    assert.deepEqual(heard, [{ endpoint: endpoint.name, bytes: body.length }]);
  });

  it('counts each request once, by what became of it', async () => {
    await using server = await startBadServer(({ calls }, response) => {
      const [first, second] = calls;
      sendJson(response, [first && honest(first), errorItem(second?.id, 3, 'execution reverted')]);
    });
    const counted: string[] = [];
    await using endpoint = open(server.url, { observe: ({ outcome }) => counted.push(outcome) });
    await ask(endpoint, 3);
    assert.deepEqual(counted.toSorted(), ['error', 'ok', 'unreachable']);
  });

  it('keeps at most four connections', async () => {
    let most = 0;
    await using server = await startBadServer((received, response) => {
      const look = async () => {
        most = Math.max(most, await server.connections());
        sendJson(response, honestly(received));
      };
      look().catch(() => response.destroy());
    });
    await using endpoint = open(server.url);
    assert.equal((await ask(endpoint, 950)).filter((text) => text.startsWith('header ')).length, 950);
    assert.ok(server.received.length === 10 && most <= 4 && most > 1, `${server.received.length}, ${most}`);
  });
});
