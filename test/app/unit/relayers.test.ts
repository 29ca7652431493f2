import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

import { parseStatus } from '../../../app/api/answers.ts';
import { NoAnswer, ask } from '../../../app/api/ask.ts';
import { depthsOf } from '../../../app/chain/overview.ts';

describe('a relayer that is asked', () => {
  it('below a path and with credentials: joined, and in a header', async (test) => {
    const received: (readonly [string | undefined, string | undefined])[] = [];
    const server = createServer(({ url: path, headers }, response) => {
      received.push([path, headers.authorization]);
      response.end('{"ok":true}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const url = `http://page:hunter22@127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const base of [`${url}/signer-b`, `${url}/signer-b/`, url]) {
      assert.deepEqual(await ask(base, '/v1/status'), { ok: true });
    }
    const token = `Basic ${Buffer.from('page:hunter22').toString('base64')}`;
    assert.deepEqual(received, [
      ['/signer-b/v1/status', token],
      ['/signer-b/v1/status', token],
      ['/v1/status', token],
    ]);
  });

  it('without the transfer: its reason is an answer; any other refusal, and one without an end, is none', async (test) => {
    const server = createServer(({ url }, response) => {
      response.statusCode = url === '/v1/away' ? 503 : url === '/v1/long' ? 200 : 404;
      response.end(url === '/v1/long' ? `"${'x'.repeat(600_000)}"` : '{"reason":"unknown-nonce","message":"none"}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(await ask(url, '/v1/transfers/mint/0x01/7'), { reason: 'unknown-nonce' });
    await assert.rejects(ask(url, '/v1/away'), NoAnswer);
    await assert.rejects(ask(url, '/v1/long'), NoAnswer);
  });

  it('reports the depth of final blocks, where it follows no tag', () => {
    const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    const status = (finality: unknown) => parseStatus({ address, bridges: { main: { finality }, product: {} } })?.depth;
    assert.deepEqual(status({ depth: 3 }), { main: 3, product: undefined });
    for (const other of ['finalized', { depth: -1 }, { depth: '3' }, { depth: 2 ** 60 }, null, undefined]) {
      assert.deepEqual(status(other), { main: undefined, product: undefined });
    }
  });

  it('is outvoted when it alone reports another depth', () => {
    const of = (...depths: (number | undefined)[]) =>
      depthsOf(depths.map((main) => ({ depth: { main, product: undefined } }))).main;
    assert.equal(of(), undefined);
    assert.equal(of(3, 3, 0), 3);
    assert.equal(of(3, 0), 3);
    assert.equal(of(undefined, undefined, 1_000_000), undefined);
  });
});
