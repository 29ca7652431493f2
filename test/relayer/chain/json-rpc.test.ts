import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import { type EndpointOptions, type OpenEndpoint, openEndpoint } from '../../../relayer/chain/json-rpc.ts';
import { RpcError, UnreachableError } from '../../../relayer/chain/rpc-errors.ts';
import { classifyBroadcastError } from '../../../relayer/tx/broadcast-errors.ts';
import { type Received, honest, honestly, sendJson, startBadServer } from './support/bad-server.ts';

const open = (url: string, options: Partial<EndpointOptions> = {}): OpenEndpoint =>
  openEndpoint({ url, index: 0, timeoutSeconds: 5, ...options });

const header = (endpoint: OpenEndpoint, tag: unknown, signal?: AbortSignal): Promise<string> =>
  endpoint.request<string>('header', [tag], signal);

const failureOf = async (promise: Promise<unknown>): Promise<RpcError | UnreachableError> => {
  const error: unknown = await promise.then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RpcError || error instanceof UnreachableError, inspect(error));
  return error;
};

/** Outcomes of all requests of one tick: the result, or the error's message. */
const ask = async (endpoint: OpenEndpoint, count: number): Promise<string[]> => {
  const asked = Array.from({ length: count }, (_, index) => header(endpoint, index));
  return Promise.all(asked.map((one) => one.catch((error: unknown) => (error as Error).message)));
};
const answered = (count: number) => Array.from({ length: count }, (_, index) => `header ${index}`);

const errorItem = (id: unknown, code: number, message: string) => ({ jsonrpc: '2.0', id, error: { code, message } });

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

  describe('that fails names the innermost cause', () => {
    const why = async (answer: (response: ServerResponse) => void, options: Partial<EndpointOptions> = {}) => {
      await using server = await startBadServer((_received, response) => answer(response));
      await using endpoint = open(server.url, options);
      const failure = await failureOf(header(endpoint, 'latest'));
      assert.ok(failure instanceof UnreachableError && failure.code === 'rpc-unreachable');
      assert.ok(!failure.message.includes('\n'));
      return { failure, words: /no answer \((.*)\)$/.exec(failure.message)?.[1] };
    };

    it('an HTML page of a gateway', async () => {
      const page = `<html>\r\n<head><title>502 Bad Gateway</title><style>b { }</style></head><body>${'nginx '.repeat(99)}`;
      const { failure, words } = await why((response) => response.writeHead(502).end(page));
      assert.match(words ?? '', /^HTTP 502 Bad Gateway: HTML instead of JSON: 502 Bad Gateway nginx nginx/);
      assert.ok((words ?? '').length < 200);
      assert.equal(failure.status, 502);
    });

    it('an HTML page with status 200', async () => {
      const { words } = await why((response) => response.end('<h1>Welcome</h1>'));
      assert.equal(words, 'HTML instead of JSON: Welcome');
    });

    it('a status with a text, and one without', async () => {
      const denied = await why((response) => response.writeHead(403).end('origin\u001b[2J not\nallowed'));
      assert.equal(denied.words, 'HTTP 403 Forbidden: invalid JSON: origin [2J not allowed');
      assert.equal((await why((response) => response.writeHead(401).end())).words, 'HTTP 401 Unauthorized');
      assert.equal((await why((response) => response.end())).words, 'empty body');
    });

    it('413 and 429 with their status', async () => {
      const { failure } = await why((response) => response.writeHead(429, { 'retry-after': '3' }).end('slow down'));
      assert.deepEqual([failure.status, failure.retryAfterSeconds], [429, 3]);
      assert.equal((await why((response) => response.writeHead(413).end())).failure.status, 413);
    });

    it('a redirect, with no more than its host, and without following it', async () => {
      const { words } = await why((response) =>
        response.writeHead(301, { location: 'https://elsewhere.example/v3/secret-key' }).end(),
      );
      assert.equal(words, 'HTTP 301 Moved Permanently: redirect to elsewhere.example');
    });

    it('a refused connection', async () => {
      const taken = createTcpServer();
      taken.listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      await new Promise((resolve) => taken.close(resolve));
      await using endpoint = open(`http://127.0.0.1:${port}`);
      assert.match((await failureOf(header(endpoint, 0))).message, /no answer \(connect ECONNREFUSED 127\.0\.0\.1/);
    });

    it('a certificate of an unknown authority', async () => {
      const file = (name: string) => readFileSync(new URL(`../keys/fixtures/tls/${name}`, import.meta.url));
      const server = createTlsServer({ cert: file('server.crt'), key: file('server.key') });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      try {
        await using endpoint = open(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
        assert.match(
          (await failureOf(header(endpoint, 0))).message,
          /certificate.*\((UNABLE_TO_VERIFY_LEAF_SIGNATURE|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)\)/,
        );
      } finally {
        await new Promise((resolve) => server.close(resolve));
      }
    });

    it('an unknown name', async () => {
      await using endpoint = open('http://node.invalid');
      assert.match((await failureOf(header(endpoint, 0))).message, /ENOTFOUND|EAI_AGAIN/);
    });

    it('a connection that breaks off in the middle of a body', async () => {
      const { words } = await why((response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"jsonrpc"', () => response.destroy());
      });
      assert.ok((words ?? '') !== '' && !(words ?? '').includes('JSON'), words);
    });

    it('a body that is too large, declared or not, compressed or not', async () => {
      const large = JSON.stringify({ jsonrpc: '2.0', id: 1, result: 'a'.repeat(100_000) });
      const limit = { largestBody: 50_000 };
      const expected = 'the response is longer than 50000 bytes';
      assert.equal((await why((response) => response.end(large), limit)).words, expected);
      const endless = (response: ServerResponse): void => {
        const more = (): void => {
          if (!response.destroyed) response.write('a'.repeat(10_000), () => setImmediate(more));
        };
        more();
      };
      assert.equal((await why(endless, limit)).words, expected);
      const bomb = (response: ServerResponse) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(large));
      assert.equal((await why(bomb, limit)).words, expected);
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

  describe('whose node hangs', () => {
    const hang = () => startBadServer(() => undefined);

    it('is given up after the timeout, and the connection is closed', async () => {
      await using server = await hang();
      await using endpoint = open(server.url, { timeoutSeconds: 0.2 });
      const failure = await failureOf(header(endpoint, 0));
      assert.match(failure.message, /no response within 0\.2 s/);
      await server.received[0]?.closed;
    });

    it('is given up when the body does not end, though bytes keep coming', async () => {
      await using server = await startBadServer((_received, response) => {
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      });
      await using endpoint = open(server.url, { timeoutSeconds: 0.3 });
      assert.match((await failureOf(header(endpoint, 0))).message, /no complete body within 0\.3 s/);
      await server.received[0]?.closed;
    });

    it('is given up when the caller is, without being counted', { timeout: 10_000 }, async () => {
      await using server = await hang();
      const counted: string[] = [];
      const observe: EndpointOptions['observe'] = ({ outcome }) => counted.push(outcome);
      await using endpoint = open(server.url, { observe, timeoutSeconds: 60 });
      const stop = new AbortController();
      const asked = header(endpoint, 0, stop.signal);
      while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
      stop.abort(new Error('not needed any more'));
      await assert.rejects(asked, /not needed any more/);
      await server.received[0]?.closed;
      assert.deepEqual(counted, []);
    });

    it('is not given up for the others of a batch when one caller is', async () => {
      const { promise: received, resolve: receive } = Promise.withResolvers<() => void>();
      await using server = await startBadServer((one, response) => receive(() => sendJson(response, honestly(one))));
      await using endpoint = open(server.url);
      const stop = new AbortController();
      const [first, second] = [header(endpoint, 0, stop.signal), header(endpoint, 1)];
      const answer = await received;
      stop.abort(new Error('not needed any more'));
      await assert.rejects(first, /not needed any more/);
      answer();
      assert.equal(await second, 'header 1');
    });

    it('is not asked at all for a request that is aborted before it is sent', async () => {
      await using server = await hang();
      await using endpoint = open(server.url);
      const stop = new AbortController();
      const asked = header(endpoint, 0, stop.signal);
      stop.abort(new Error('not needed any more'));
      await assert.rejects(asked, /not needed any more/);
      await assert.rejects(header(endpoint, 1, stop.signal), /not needed any more/);
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(server.received.length, 0);
    });

    it('holds no connection once the endpoint is disposed', async () => {
      await using server = await hang();
      const endpoint = open(server.url);
      const asked = failureOf(header(endpoint, 0));
      while (server.received.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await endpoint[Symbol.asyncDispose]();
      assert.ok((await asked) instanceof UnreachableError);
      await server.received[0]?.closed;
      assert.ok((await failureOf(header(endpoint, 1))) instanceof UnreachableError);
    });
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

  describe('with credentials in its URL', () => {
    const secrets = ['operator', 'pässwörd:1', 'p%C3%A4ssw%C3%B6rd%3A1', '0123456789abcdef', 'querykey'];
    const urlAt = (host: string) =>
      `http://operator:p%C3%A4ssw%C3%B6rd%3A1@${host}/v3/0123456789abcdef?apikey=querykey`;
    const token = Buffer.from('operator:pässwörd:1').toString('base64');

    it('sends them as an Authorization header, and path and query as they are', async () => {
      await using server = await startBadServer((received, response) => sendJson(response, honestly(received)));
      await using endpoint = open(urlAt(server.host));
      assert.equal(await header(endpoint, 'latest'), 'header latest');
      const [received] = server.received;
      assert.equal(received?.headers.authorization, `Basic ${token}`);
      assert.equal(received.url, '/v3/0123456789abcdef?apikey=querykey');
      assert.equal(endpoint.name, `0-${server.host}`);
    });

    it('shows none of them in any error, whatever the server quotes', async () => {
      const quote = ({ headers, url }: Received) =>
        `no access for ${headers.authorization ?? ''} at ${url} by ${secrets.join(' ')} ${urlAt('host')}`;
      const bad: ((received: Received, response: ServerResponse) => void)[] = [
        (received, response) => response.writeHead(401).end(quote(received)),
        (received, response) => response.end(`<p>${quote(received)}</p>`),
        (received, response) =>
          response.writeHead(307, { location: `https://operator:querykey@a.example${received.url}` }).end(),
        (received, response) =>
          sendJson(response, { id: 1, error: { code: -32000, message: quote(received), data: quote(received) } }),
        (received, response) => sendJson(response, [errorItem(null, -32000, quote(received))]),
        (received, response) => response.writeHead(404).end(`${'a'.repeat(110)} ${quote(received)}`),
        (_received, response) => response.destroy(),
      ];
      for (const answer of bad) {
        await using server = await startBadServer(answer);
        await using endpoint = open(urlAt(server.host));
        const shown = inspect(await failureOf(header(endpoint, 'latest')), { depth: 9, showHidden: true });
        for (const secret of [...secrets, token].map((whole) => whole.slice(0, 8))) {
          assert.ok(!shown.includes(secret), `${secret} in ${shown}`);
        }
      }
    });
  });
});
