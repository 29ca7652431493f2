import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { createServer } from '../../../relayer/api/http-server.ts';

describe('the address of a caller', () => {
  const proxy = '10.0.0.1';
  const addressFor = async (trustedProxies: readonly string[], remoteAddress: string, forwarded: string) => {
    const server = await createServer({ openToPages: false, trustedProxies });
    server.get('/ip', ({ ip }) => ({ ip }));
    const headers = { 'x-forwarded-for': forwarded };
    const answer = await server.inject({ method: 'GET', url: '/ip', remoteAddress, headers });
    await server.close();
    return answer.json<{ ip: string }>().ip;
  };

  it('is that of the connection, whatever X-Forwarded-For claims, unless it comes from a trusted proxy', async () => {
    assert.equal(await addressFor([], proxy, '198.51.100.1'), proxy);
    assert.equal(await addressFor(['10.0.0.0/8'], '203.0.113.1', '198.51.100.1'), '203.0.113.1');
  });

  it('is the rightmost untrusted address behind trusted proxies: those before it are the caller’s own claim', async () => {
    const trusted = ['10.0.0.0/8', 'fd00::/8'];
    assert.equal(await addressFor(trusted, proxy, '198.51.100.1'), '198.51.100.1');
    assert.equal(await addressFor(trusted, proxy, '198.51.100.9, 203.0.113.1'), '203.0.113.1');
    assert.equal(await addressFor(trusted, proxy, '198.51.100.9, 203.0.113.1, fd00::2, 10.0.0.2'), '203.0.113.1');
    assert.equal(await addressFor(trusted, `::ffff:${proxy}`, '198.51.100.9, 2001:db8::1'), '2001:db8::1');
  });
});

describe('an error of a route', () => {
  const answerTo = async (error: Error) => {
    const logged: object[] = [];
    const server = await createServer({ openToPages: true, log: { warn: (details) => void logged.push(details) } });
    server.get('/fails', () => {
      throw error;
    });
    const answer = await server.inject({ method: 'GET', url: '/fails' });
    await server.close();
    return { status: answer.statusCode, body: answer.json<object>(), logged };
  };

  it('is named, without the names of nodes, when these do not answer', async () => {
    const { status, body } = await answerTo(
      new PegwayError('main: 0-secret.example fails', { code: 'rpc-unreachable' }),
    );
    assert.equal(status, 503);
    assert.deepEqual(body, { reason: 'rpc-unreachable', message: 'too few of the configured nodes answer' });
  });

  it('is in the log alone when it is internal', async () => {
    const { status, body, logged } = await answerTo(new Error('a fault'));
    assert.equal(status, 500);
    assert.deepEqual(body, { reason: 'internal', message: 'see the log' });
    assert.deepEqual(logged, [{ route: '/fails', error: 'a fault' }]);
  });
});
