import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { type RpcQuorum, createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { type BadServer, sendJson, startBadServer } from './support/bad-server.ts';
import { open } from './support/endpoint.ts';

interface Refusal {
  readonly status: number;
  readonly message?: string;
  readonly code?: number;
  readonly retryAfter?: string;
}
const tooMany: Refusal = { status: 429, retryAfter: '0' };

describe('the rate limits of nodes', () => {
  const opened: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
  });

  /** One node for each list, which refuses that many requests, one after another, and answers all later ones. */
  async function start(
    rateLimitSeconds: number,
    ...refusals: readonly (readonly Refusal[])[]
  ): Promise<{ readonly nodes: RpcQuorum; readonly servers: readonly BadServer[] }> {
    const servers: BadServer[] = [];
    for (const list of refusals) {
      const left = [...list];
      const server = await startBadServer(({ calls: [call] }, response) => {
        const id = call?.id ?? 0;
        const refusal = left.shift();
        if (refusal === undefined) return sendJson(response, { jsonrpc: '2.0', id, result: '0xa' });
        const { status, retryAfter, code = -32_005, message = 'compute units per second exceeded' } = refusal;
        if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
        return sendJson(response, { jsonrpc: '2.0', id, error: { code, message } }, status);
      });
      servers.push(server);
    }
    const endpoints = servers.map(({ url }, index) => open(url, { index }));
    opened.push(...endpoints, ...servers);
    const nodes = createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum: Math.min(2, servers.length), endpoints, rateLimitSeconds },
      onDisagreement: () => undefined,
    });
    return { nodes, servers };
  }

  it('are waited out by a read at one node', async () => {
    const { nodes, servers } = await start(10, [tooMany, tooMany]);
    assert.equal(await nodes.one('eth_getBlockByHash', []), '0xa');
    assert.equal(servers[0]?.received.length, 3);
  });

  it('are waited out by a read at a quorum', async () => {
    const { nodes } = await start(10, [tooMany, tooMany], [tooMany], []);
    assert.equal(await nodes.agree('eth_getBlockByNumber', ['0x1', false]), '0xa');
  });

  it('are waited out where another node lacks the method', async () => {
    const missing: Refusal = { status: 200, code: -32_601, message: 'the method does not exist' };
    const { nodes } = await start(10, [missing, missing, missing], [tooMany]);
    assert.equal(await nodes.one('eth_getBlockReceipts', []), '0xa');
  });

  it('end a read once it has waited as long as it may', async () => {
    const { nodes, servers } = await start(
      3,
      Array.from({ length: 9 }, () => tooMany),
    );
    await assert.rejects(nodes.one('eth_call', []), /compute units per second exceeded \(HTTP 429\)/);
    assert.equal(servers[0]?.received.length, 4, 'the first request, and one for each second');
  });

  for (const [what, seconds, refusal] of [
    ['a pause longer than the read may take', 10, { status: 429, retryAfter: '60' }],
    ['an allowance that is used up', 10, { status: 402, message: 'daily request count exceeded', retryAfter: '0' }],
    ['an error that no pause mends', 10, { status: 200, code: -32_000, message: 'missing trie node' }],
    ['a caller that repeats its reads itself', 0, tooMany],
  ] as const) {
    it(`are reported at once: ${what}`, async () => {
      const { nodes, servers } = await start(seconds, [refusal, refusal]);
      await assert.rejects(nodes.one('eth_call', []), PegwayError);
      assert.equal(servers[0]?.received.length, 1);
    });
  }
});
