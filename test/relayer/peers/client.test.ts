import assert from 'node:assert/strict';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, describe, it } from 'node:test';

import { requestSignature } from '../../../relayer/peers/client.ts';
import { openPeerClient } from '../../../relayer/peers/http.ts';
import { attestationRequest } from '../../../relayer/peers/request.ts';
import { productToken } from '../support.ts';

const signature = `0x${'cd'.repeat(64)}`;
const request = attestationRequest.parse({
  ...{ kind: 'batch', direction: 'mint', chainId: 2, bridge: productToken, signerEpoch: '1', productToken },
  ...{ firstNonce: '0', count: 1, digest: `0x${'ab'.repeat(32)}`, signature },
});

describe('a peer', () => {
  let opened: Server[] = [];
  const client = openPeerClient();
  after(() => client[Symbol.asyncDispose]());
  afterEach(() => {
    for (const server of opened) {
      server.closeAllConnections();
      server.close();
    }
    opened = [];
  });

  const asks = async (
    handle: (request: IncomingMessage, response: ServerResponse) => void,
    { signal = new AbortController().signal, seconds = 5 } = {},
  ) => {
    const server = createServer(handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    opened.push(server);
    const { port } = server.address() as AddressInfo;
    return requestSignature(
      client,
      { address: productToken, url: `http://127.0.0.1:${port}` },
      { path: '/v1/attestations', body: request },
      signal,
      seconds,
    );
  };
  const says = (body: unknown, status = 200) =>
    asks((_, response) => response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)));

  it('that signs is believed to have answered; who signed is checked elsewhere', async () => {
    assert.deepEqual(await says({ signature, signer: productToken, digest: '0x' }), { signature });
  });

  it('is asked where and as the interface says', async () => {
    let seen: unknown;
    await asks((message, response) => {
      let body = '';
      message.on('data', (chunk: Buffer) => (body += chunk.toString()));
      message.on('end', () => {
        seen = [message.method, message.url, JSON.parse(body)];
        response.end('{}');
      });
    });
    assert.deepEqual(seen, ['POST', '/v1/attestations', { ...request }]);
  });

  it('that refuses has its reason, and how far it is', async () => {
    assert.deepEqual(await says({ reason: 'paused' }, 409), { reason: 'paused' });
    assert.deepEqual(await says({ reason: 'not-final', ready: 3 }, 409), { reason: 'not-final', ready: 3 });
  });

  it('that talks nonsense is as good as silent', async () => {
    const nonsense = [
      '',
      'hello',
      [],
      { signature: '0x12' },
      { reason: 'because' },
      { reason: 'not-final', ready: -1 },
    ];
    for (const body of nonsense) assert.deepEqual(await says(body), { reason: 'unreachable' }, JSON.stringify(body));
  });

  it('that is not there, breaks off, or takes too long is silent', async () => {
    const nowhere = { address: productToken, url: 'http://127.0.0.1:9' };
    const { signal } = new AbortController();
    assert.deepEqual(await requestSignature(client, nowhere, { path: '/v1/attestations', body: request }, signal, 5), {
      reason: 'unreachable',
    });
    assert.deepEqual(await asks((_, response) => response.destroy()), { reason: 'unreachable' });
    assert.deepEqual(await asks(() => undefined, { seconds: 0.05 }), { reason: 'unreachable' });
  });

  it('is not waited for when the question is over', async () => {
    assert.deepEqual(await asks(() => undefined, { signal: AbortSignal.abort() }), { reason: 'unreachable' });
  });

  it('cannot send us elsewhere, or more than we read', async () => {
    const elsewhere = (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end();
    assert.deepEqual(await asks(elsewhere), { reason: 'unreachable' });

    let sent = 0;
    const endless = (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200);
      const more = () => {
        sent += 1_024;
        if (!response.destroyed && sent < 50_000_000) response.write(' '.repeat(1_024), more);
      };
      more();
    };
    assert.deepEqual(await asks(endless), { reason: 'unreachable' });
    assert.ok(sent < 50_000_000, 'it was cut off');
  });
});
