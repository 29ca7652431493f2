import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { isPublicAddress, resolvePublic } from '../../../relayer/webhooks/allowed-address.ts';
import { openWebhookClient } from '../../../relayer/webhooks/client.ts';

const forever = new AbortController().signal;

describe('isPublicAddress', () => {
  it('accepts public unicast addresses alone', () => {
    for (const address of ['8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8']) assert.ok(isPublicAddress(address));
    const refused = [
      ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0'],
      ...['224.0.0.1', '255.255.255.255', '192.0.2.1', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '2001:db8::1'],
      // Forms that carry an IPv4 address: mapped, NAT64, 6to4, Teredo.
      ...['::ffff:127.0.0.1', '::ffff:7f00:1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', 'localhost'],
    ];
    for (const address of refused) assert.ok(!isPublicAddress(address), address);
  });
});

describe('a webhook client', () => {
  let server: Server;
  let connections: number;
  let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  let url: string;
  beforeEach(async () => {
    connections = 0;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => answer(request, response, Buffer.concat(chunks).toString()));
    });
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?x=1`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const open = (options: { url?: string; allowPrivate?: boolean; timeoutSeconds?: number } = {}) =>
    openWebhookClient({
      ...{ url, secrets: [Buffer.alloc(32)], allowPrivate: true, timeoutSeconds: 5, connections: 1 },
      now: () => 1_800_000_000.9,
      ...options,
    });
  const post = async (options?: Parameters<typeof open>[0]) => {
    await using client = open(options);
    return await client.post({ id: '1-2-3-0', body: '{}' }, forever);
  };

  it('posts a signed message to the path and query, and accepts any 2xx', async () => {
    let seen: unknown;
    answer = ({ method, url: path, headers }, response, body) => {
      seen = [method, path, body, headers['webhook-id'], headers['webhook-timestamp'], headers['content-type']];
      response.writeHead(204).end();
    };
    assert.deepEqual(await post(), { kind: 'delivered' });
    assert.deepEqual(seen, ['POST', '/hook?x=1', '{}', '1-2-3-0', '1800000000', 'application/json']);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    answer = (_, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    };
    assert.deepEqual(await post(), { kind: 'failed', error: 'HTTP 302', retryAfterSeconds: undefined });
    assert.equal(requests, 1);
  });

  it('reports 410, and the pause that a receiver asks for', async () => {
    answer = (_, response) => response.writeHead(410).end();
    assert.deepEqual(await post(), { kind: 'gone' });
    for (const [header, seconds] of [
      ['120', 120],
      ['999999', 3_600],
      ['soon', undefined],
    ] as const) {
      answer = (_, response) => response.writeHead(429, { 'retry-after': header }).end();
      assert.deepEqual(await post(), { kind: 'failed', error: 'HTTP 429', retryAfterSeconds: seconds });
    }
  });

  it('gives up on a receiver that does not answer, or never ends its answer', async () => {
    answer = () => undefined;
    const outcome = await post({ timeoutSeconds: 0.05 });
    assert.deepEqual(outcome, { kind: 'failed', error: 'no answer within 0.05 s', retryAfterSeconds: undefined });
    let isOpen = true;
    answer = (_, response) => {
      response.writeHead(200);
      response.on('close', () => (isOpen = false));
      const write = (): void => {
        if (isOpen) response.write(Buffer.alloc(65_536), () => setImmediate(write));
      };
      write();
    };
    assert.deepEqual(await post(), { kind: 'delivered' });
  });

  it('opens no connection to an address that is not public, given as an address or by name', async () => {
    answer = (_, response) => response.end();
    const { port } = server.address() as AddressInfo;
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', 'localhost']) {
      const outcome = await post({ url: `http://${host}:${port}/`, allowPrivate: false });
      assert.match(outcome.kind === 'failed' ? outcome.error : '', /is .* which is not a public address/, host);
    }
    assert.equal(connections, 0);
    await assert.rejects(resolvePublic(new URL('https://localhost')), /not a public address/);
  });

  it('shows neither credentials nor path of the URL in an error', async () => {
    const secret = 'http://user:password@127.0.0.1:1/secret-path-0123456789';
    const outcome = await post({ url: secret });
    assert.match(outcome.kind === 'failed' ? outcome.error : '', /ECONNREFUSED|connect/);
    assert.doesNotMatch(JSON.stringify(outcome), /password|secret-path/);
  });
});
