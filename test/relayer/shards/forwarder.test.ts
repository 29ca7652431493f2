import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';

import { createServer } from '../../../relayer/api/http-server.ts';
import { type Forwarder, createForwarder } from '../../../relayer/shards/forwarder.ts';

interface Answer {
  readonly ip: string;
  readonly body?: unknown;
  readonly reason?: string;
}

describe('a request that another process is to answer', () => {
  const servers: FastifyInstance[] = [];
  const forwarders: Forwarder[] = [];
  let holder: string;
  let front: string;
  let received = 0;

  /** A process with the secret. It passes on what it receives, unless it is the holder. */
  const start = async (secret: string | undefined, to: () => string | undefined): Promise<string> => {
    const forwarder = createForwarder(() => secret);
    const server = await createServer({ openToPages: true, trustedProxies: ['127.0.0.1'] });
    server.addHook('onRequest', (request, _reply, done) => {
      forwarder.accept(request);
      done();
    });
    server.addHook('preHandler', async (request, reply) => {
      const url = to();
      return url === undefined ? undefined : forwarder.forward(request, reply, url);
    });
    server.get('/v1/who', (request) => ({ ip: request.ip, query: request.query }));
    server.post('/v1/what', (request) => {
      received++;
      return { ip: request.ip, body: request.body };
    });
    server.get('/v1/slow', (_request, reply) =>
      reply.status(429).header('retry-after', '1').send({ reason: 'too-many-requests' }),
    );
    server.get('/v1/stream', (_request, reply) =>
      reply.header('content-type', 'text/event-stream').send(ReadableStream.from(['data: 1\n\n', 'data: 2\n\n'])),
    );
    servers.push(server);
    forwarders.push(forwarder);
    return server.listen({ host: '127.0.0.1', port: 0 });
  };
  const from = { 'x-forwarded-for': '192.0.2.7' };

  before(async () => {
    holder = await start('secret', () => undefined);
    front = await start('secret', () => holder);
  });
  after(async () => {
    await Promise.all(forwarders.map((forwarder) => forwarder[Symbol.asyncDispose]()));
    await Promise.all(servers.map((server) => server.close()));
  });

  it('is answered with the address of its sender, on which the budgets of callers rest', async () => {
    const answer = await fetch(`${front}/v1/who?a=1`, { headers: from });
    assert.deepEqual(await answer.json(), { ip: '192.0.2.7', query: { a: '1' } });
    assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  });

  it('keeps its body, its status and the headers that clients need', async () => {
    const body = JSON.stringify({ firstNonce: '12345678901234567890' });
    const headers = { ...from, 'content-type': 'application/json' };
    const answer = await fetch(`${front}/v1/what`, { method: 'POST', headers, body });
    assert.deepEqual(await answer.json(), { ip: '192.0.2.7', body: { firstNonce: '12345678901234567890' } });
    const refused = await fetch(`${front}/v1/slow`);
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
    const stream = await fetch(`${front}/v1/stream`);
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    assert.equal(await stream.text(), 'data: 1\n\ndata: 2\n\n');
  });

  it('is refused from a stranger who claims to be a process of this signer', async () => {
    const headers = { 'pegway-sender': '192.0.2.1', 'pegway-forwarded': 'ab'.repeat(32) };
    for (const claimed of [headers, { 'pegway-sender': '192.0.2.1' }, { 'pegway-forwarded': '' }]) {
      assert.equal((await fetch(`${holder}/v1/who`, { headers: claimed as Record<string, string> })).status, 403);
    }
    const other = await start('another secret', () => holder);
    assert.equal((await fetch(`${other}/v1/who`)).status, 403);
  });

  it('is sent once, and answered with 503 when the process does not answer', async () => {
    const before = received;
    const lost = await start('secret', () => 'http://127.0.0.1:9');
    const answer = await fetch(`${lost}/v1/what`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    assert.equal(answer.status, 503);
    assert.equal(((await answer.json()) as Answer).reason, 'bridge-closed');
    assert.equal(received, before);
    const unknown = await start(undefined, () => holder);
    assert.equal((await fetch(`${unknown}/v1/who`)).status, 503);
  });
});
