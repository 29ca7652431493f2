// What providers answer to `eth_getLogs`, by kind; test/fixtures/README.md names the sources.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';

import type { Hex } from 'viem';

import { createBlockProofs, hintedBlocks, openLogSource } from '../../../relayer/chain/logs.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { bridges } from '../support.ts';
import { type BadServer, sendJson, startBadServer } from './support/bad-server.ts';
import { open } from './support/endpoint.ts';

interface ReadError {
  readonly who: string;
  readonly method: string;
  readonly http: number;
  readonly truth: string;
  readonly text?: string;
  readonly rpcCode?: number;
}
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/read-errors.json', import.meta.url), 'utf8'),
) as ReadError[];
const limits = recorded.filter(({ truth }) => truth.startsWith('operator: lower logRange'));
const lagging = recorded.filter(({ truth }) => truth === 'wait: the node lags');

const [bridge] = bridges;
const head = 100;

describe('what providers answer to a range of logs', () => {
  let server: BadServer | undefined;
  afterEach(() => server?.[Symbol.asyncDispose]());

  /** A node with logs in every tenth block, and this answer to the ranges that it refuses. */
  async function start({ http, text, rpcCode }: ReadError, refuses: (from: number, to: number) => boolean) {
    const asked: string[] = [];
    server = await startBadServer(({ calls }, response) => {
      const [{ id, params } = { id: 0, params: [] }] = calls;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
      const [from, to] = [Number(fromBlock), Number(toBlock)];
      asked.push(`${from}-${to}`);
      if (!refuses(from, to)) {
        const blocks = Array.from({ length: to - from + 1 }, (_, at) => from + at).filter((one) => one % 10 === 0);
        const result = blocks.map((one) => ({ address: bridge, blockNumber: `0x${one.toString(16)}` }));
        return sendJson(response, { jsonrpc: '2.0', id, result });
      }
      // Without a code, the provider answers in HTTP alone.
      if (rpcCode === undefined) return void response.writeHead(http).end('query exceeds the range of your plan');
      return sendJson(response, { jsonrpc: '2.0', id, error: { code: rpcCode, message: text } }, http);
    });
    const endpoint = open(server.url);
    const nodes = createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum: 1, endpoints: [endpoint] },
      onDisagreement: () => undefined,
    });
    const proofs = createBlockProofs(nodes, 'ethereum');
    const source = openLogSource({ side: 'main', nodes, bridge, logRange: 1_000, proof: 'receipts', proofs });
    return {
      asked,
      read: (from: number, to: number) => hintedBlocks(source, { from: BigInt(from), to: BigInt(to) }, []),
    };
  }

  for (const error of limits) {
    it(`reads the range in parts that ${error.who} accepts, and remembers their size`, async () => {
      const { asked, read } = await start(error, (from, to) => to - from > 20);
      assert.deepEqual(await read(1, 40), [10n, 20n, 30n, 40n]);
      asked.length = 0;
      assert.deepEqual(await read(41, 80), [50n, 60n, 70n, 80n]);
      assert.deepEqual(asked, ['41-60', '61-80']);
    });
  }

  for (const error of lagging) {
    it(`learns no limit from ${error.who} while its head is below the range`, async () => {
      let known = 95;
      const { asked, read } = await start(error, (_, to) => to > known);
      await assert.rejects(read(41, head), new RegExp(error.text ?? ''));
      known = head;
      asked.length = 0;
      await read(41, head);
      assert.deepEqual(asked, [`41-${head}`]);
    });
  }

  it('quotes the body of an HTTP error', async () => {
    const { read } = await start({ who: 'a provider', method: 'eth_getLogs', http: 403, truth: '' }, () => true);
    await assert.rejects(read(1, 40), /403.*query exceeds the range of your plan/);
  });
});
