import assert from 'node:assert/strict';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { ask } from '../../../cli/inspect/ask-relayers.ts';
import { type PeerClient, openPeerClient, printableUrl } from '../../../relayer/peers/http.ts';

describe('the HTTP client for peers', () => {
  let client: PeerClient;
  let stack: AsyncDisposableStack;
  beforeEach(() => {
    stack = new AsyncDisposableStack();
    client = stack.use(openPeerClient());
  });
  afterEach(() => stack.disposeAsync());

  const serve = async (handle: (request: IncomingMessage, response: ServerResponse) => void) => {
    const server = createServer(handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stack.defer(() => {
      server.closeAllConnections();
      server.close();
    });
    return { server, host: `127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const get = (url: string, largestAnswer = 100) =>
    client.request({ url, path: '/v1/status', largestAnswer, signal: new AbortController().signal });

  it('joins the path in a URL with that of the request', async () => {
    const { host } = await serve(({ url }, response) => response.end(url));
    for (const base of ['signer-b', 'signer-b/'])
      assert.equal((await get(`http://${host}/${base}`)).body, '/signer-b/v1/status');
    assert.equal((await get(`http://${host}`)).body, '/v1/status');
  });

  it('sends credentials in a URL as an Authorization header, in UTF-8', async () => {
    const { host } = await serve(({ headers }, response) => response.end(headers.authorization ?? 'none'));
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    assert.equal((await get(`http://:s%C3%A9cret@${host}`)).body, basic(':sécret'));
    assert.equal((await get(`http://${host}`)).body, 'none');
  });

  it('keeps connections for the next requests', async () => {
    const { server, host } = await serve((_, response) => response.end());
    let connections = 0;
    server.on('connection', () => connections++);
    for (let times = 0; times < 10; times++) await get(`http://${host}`);
    // The first may not be free yet when the second request begins.
    assert.ok(connections <= 2, `${connections} connections`);
  });

  it('repeats a request once when the server closes the connection, and no more', async () => {
    let requests = 0;
    const { host } = await serve((request, response) => {
      if (++requests === 2) response.end('second');
      else request.socket.destroy();
    });
    assert.equal((await get(`http://${host}`)).body, 'second');
    requests = 2;
    await assert.rejects(get(`http://${host}`));
    assert.equal(requests, 4);
  });

  it('refuses an answer that is too long', async () => {
    const { host } = await serve((_, response) => response.end('x'.repeat(101)));
    await assert.rejects(get(`http://${host}`), RangeError);
    assert.equal((await get(`http://${host}`, 101)).body.length, 101);
  });

  it('ends its connections and fails what is in flight when it is disposed', async () => {
    const { promise: closed, resolve } = Promise.withResolvers<undefined>();
    const { host } = await serve(({ socket }) => {
      socket.once('close', () => resolve(undefined));
      void client[Symbol.asyncDispose]();
    });
    await assert.rejects(get(`http://${host}`));
    await closed;
  });

  it('leaves credentials and query out of what is printed', async () => {
    assert.equal(printableUrl('https://user:secret@host:1/signer-b/?key=secret'), 'https://host:1/signer-b');
    const told = await ask('http://user:secret@127.0.0.1:9/signer-b', '/v1/status');
    assert.equal(told.url, 'http://127.0.0.1:9/signer-b');
    assert.doesNotMatch(JSON.stringify(told), /secret/);
  });
});
