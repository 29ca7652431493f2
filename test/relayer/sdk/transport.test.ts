import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';

import { BaseError, RpcRequestError, createPublicClient, parseAbi } from 'viem';

import { type JsonRpcOptions, jsonRpc } from '../../../sdk/index.ts';
import { type Received, honestly, sendJson, startBadServer } from '../chain/support/bad-server.ts';

const clientOf = (url: string, options: JsonRpcOptions = {}) =>
  createPublicClient({ transport: jsonRpc(url, { retryCount: 0, ...options }) });

const failureAt = async (
  answer: (response: ServerResponse, received: Received) => void,
  options: JsonRpcOptions & { readonly credentials?: string } = {},
): Promise<BaseError> => {
  await using server = await startBadServer((received, response) => answer(response, received));
  const url = server.url.replace('//', `//${options.credentials ?? ''}`);
  const error: unknown = await clientOf(url, options)
    .getBlockNumber()
    .catch((reason: unknown) => reason);
  assert.ok(error instanceof BaseError, inspect(error));
  return error;
};

describe('the SDK’s transport', () => {
  it('sends each request by itself, and takes the answer by its id', async () => {
    await using server = await startBadServer((received, response) => {
      const answer = honestly(received) as { id: number };
      sendJson(response, [{ ...answer, id: answer.id + 1, result: 'another' }, answer]);
    });
    const { request } = clientOf(server.url);
    const ask = (tag: string) => request({ method: 'header', params: [tag] } as never);
    assert.deepEqual(await Promise.all([ask('finalized'), ask('latest')]), ['header finalized', 'header latest']);
    assert.deepEqual(
      server.received.map(({ isBatch }) => isBatch),
      [false, false],
    );
  });

  it('gives no result of another request', async () => {
    const { shortMessage } = await failureAt((response) => sendJson(response, { id: null, result: '0x1' }));
    assert.match(shortMessage, /^eth_blockNumber at 127\.0\.0\.1:\d+: no answer \(the response lacks this request\)$/);
  });

  it('names the cause: status and page, no connection, no time', async () => {
    const page = await failureAt((response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    assert.match(page.shortMessage, /HTTP 502 Bad Gateway: HTML instead of JSON: Bad Gateway/);
    const late = await failureAt(() => undefined, { timeoutSeconds: 0.1 });
    assert.match(late.shortMessage, /nothing within 0\.1 s/);
    const server = await startBadServer(() => undefined);
    await server[Symbol.asyncDispose]();
    await assert.rejects(clientOf(server.url).getBlockNumber(), /ECONNREFUSED/);
  });

  it('leaves the node’s error to viem, which decodes reverts', async () => {
    const data =
      '0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000046e6f706500000000000000000000000000000000000000000000000000000000';
    const error = { code: 3, message: 'execution reverted: nope', data };
    await using server = await startBadServer(({ calls }, response) => sendJson(response, { id: calls[0]?.id, error }));
    const reading = clientOf(server.url).readContract({
      ...{ address: '0x00000000000000000000000000000000000000aa', abi: parseAbi(['function x() view']) },
      functionName: 'x',
    });
    await assert.rejects(reading, (failure: BaseError) => {
      assert.match(failure.shortMessage, /nope/);
      return failure.walk((cause) => cause instanceof RpcRequestError) !== null;
    });
  });

  it('sends the URL’s credentials as an Authorization header, and shows them in no error', async () => {
    let authorization: string | undefined;
    const failure = await failureAt(
      (response, { headers }) => {
        ({ authorization } = headers);
        response.writeHead(401).end(`wrong: hunter22 ${headers.authorization ?? ''}`);
      },
      { credentials: 'operator:hunter22@' },
    );
    const token = Buffer.from('operator:hunter22').toString('base64');
    assert.equal(authorization, `Basic ${token}`);
    assert.match(failure.shortMessage, /HTTP 401 Unauthorized/);
    for (const secret of ['operator', 'hunter22', token]) assert.ok(!inspect(failure, { depth: 9 }).includes(secret));
  });
});
