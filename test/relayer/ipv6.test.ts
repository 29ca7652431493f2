import assert from 'node:assert/strict';
import { type Server as HttpServer, createServer as createHttpServer } from 'node:http';
import { type AddressInfo, type Server, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';

import { parseConfig } from '../../relayer/config.ts';
import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { createServer as createPort, listen } from '../../relayer/api/http-server.ts';
import { followHeads } from '../../relayer/chain/head-hints.ts';
import { openHttpClient } from '../../relayer/chain/http-client.ts';
import { localUrl, printHostPort, readHostPort } from '../../relayer/host-port.ts';
import { openPeerClient, printableUrl } from '../../relayer/peers/http.ts';
import { examineRedis } from '../../relayer/queue/redis-connection.ts';

const hasLoopback = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
const skip = hasLoopback ? false : 'the host has no ::1';

const file = (changes: object) => ({
  main: { chainId: 1, bridge: `0x${'11'.repeat(20)}`, rpcUrls: ['http://[::1]:8545'] },
  product: { chainId: 2, bridge: `0x${'22'.repeat(20)}`, rpcUrls: ['http://[2001:db8::2]:8545'] },
  key: 'keystore:attest.json',
  peers: [{ address: `0x${'33'.repeat(20)}`, url: 'http://[::1]:7301' }],
  queue: 'redis://[::1]:6379',
  ...changes,
});

/** Listens on ::1; returns the port. */
async function start(stack: AsyncDisposableStack, server: Server | HttpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  stack.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}

describe('an IPv6 address', () => {
  it('is read from the configuration in brackets, and not without', () => {
    const { listen: at } = parseConfig(file({ listen: { public: '[::]:7300', private: ' [::1]:7400 ' } }), {}, '.');
    assert.deepEqual(
      { public: at.public, private: at.private },
      { public: { host: '::', port: 7300 }, private: { host: '::1', port: 7400 } },
    );
    for (const bare of ['::1:7300', '[::1]', '[::1]7300', '[host]:7300', ':7300'])
      assert.throws(
        () => parseConfig(file({ listen: { public: bare } }), {}, '.'),
        /listen\.public: expected HOST:PORT, an IPv6 host in brackets/,
      );
  });

  it('is printed in brackets, and all interfaces as the loopback of their family', () => {
    assert.equal(printHostPort(readHostPort('[::1]:7300')), '[::1]:7300');
    assert.equal(printHostPort(readHostPort('host:7300')), 'host:7300');
    assert.equal(localUrl(readHostPort('[::]:7300')), 'http://[::1]:7300');
    assert.equal(localUrl(readHostPort('0.0.0.0:7300')), 'http://127.0.0.1:7300');
    assert.equal(localUrl(readHostPort('[2001:db8::1]:7300')), 'http://[2001:db8::1]:7300');
    assert.equal(printableUrl('http://user:secret@[::1]:7300/'), 'http://[::1]:7300');
  });

  it('is listened on by a port, and dialled by peers', { skip }, async () => {
    await using stack = new AsyncDisposableStack();
    const client = stack.use(openPeerClient());
    for (const text of ['[::1]:0', '[::]:0']) {
      const port = await createPort({ openToPages: false });
      stack.defer(() => port.close());
      port.get('/v1/status', () => ({ ok: true }));
      await listen(port, 'public', readHostPort(text));
      const url = localUrl({ ...readHostPort(text), port: (port.server.address() as AddressInfo).port });
      const signal = AbortSignal.timeout(10_000);
      const { body } = await client.request({ url, path: '/v1/status', largestAnswer: 100, signal });
      assert.deepEqual(JSON.parse(body), { ok: true });
    }
  });

  it('in use is named in brackets', { skip }, async () => {
    await using stack = new AsyncDisposableStack();
    const number = await start(stack, createServer());
    const port = await createPort({ openToPages: false });
    stack.defer(() => port.close());
    await assert.rejects(listen(port, 'public', { host: '::1', port: number }), {
      exitCode: 2,
      message: new RegExp(`^listen\\.public: cannot listen on \\[::1\\]:${number}: `),
    });
  });

  it('of a node is dialled for JSON-RPC and for heads', { skip }, async () => {
    await using stack = new AsyncDisposableStack();
    const upgraded = Promise.withResolvers<string>();
    const server = createHttpServer((_, response) => response.end('{}'));
    server.on('upgrade', (request, socket) => {
      upgraded.resolve(request.headers.host ?? '');
      socket.destroy();
    });
    const port = await start(stack, server);

    const endpoint = parseEndpointUrl(`http://[::1]:${port}`);
    const client = openHttpClient({ endpoint, timeoutSeconds: 10, largestBody: 100, onResponse: () => undefined });
    stack.defer(() => client.close());
    assert.equal((await client.post('{}', new AbortController())).body, '{}');

    stack.use(followHeads({ urls: [`ws://[::1]:${port}`], now: () => performance.now() / 1_000 }));
    assert.equal(await upgraded.promise, `[::1]:${port}`);
  });

  it('of a Redis is dialled', { skip }, async () => {
    await using stack = new AsyncDisposableStack();
    // Answers every command, as far as the examination needs it.
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        for (const _ of data.toString().matchAll(/^\*\d+\r$/gm)) socket.write('+PONG\r\n');
      });
    });
    const port = await start(stack, server);
    const { role } = await examineRedis(`redis://[::1]:${port}`);
    assert.equal(role, '?');
  });
});
