import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';

import type { EndpointOptions } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { UnreachableError } from '../../../relayer/chain/rpc-errors.ts';
import { type Received, honestly, sendJson, startBadServer } from './support/bad-server.ts';
import { errorItem, failureOf, header, open } from './support/endpoint.ts';

describe('an endpoint', () => {
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
