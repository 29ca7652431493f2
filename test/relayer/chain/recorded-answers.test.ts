// Answers of clients and providers, served over HTTP as recorded, and what the relayer makes of each kind. The sources are in
// test/fixtures/README.md; ranges of logs are in read-errors.test.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';

import { estimate } from '../../../relayer/chain/bridge-contract.ts';
import { finalHead, headerAt } from '../../../relayer/chain/finality.ts';
import type { OpenEndpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { createBlockProofs } from '../../../relayer/chain/logs.ts';
import { isMethodMissing, isNodeFailure, isRefusal } from '../../../relayer/chain/revert.ts';
import { type RpcQuorum, createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { RpcError } from '../../../relayer/chain/rpc-errors.ts';
import { broadcastOutcomes, classifyBroadcastError } from '../../../relayer/tx/broadcast-errors.ts';
import type { PegwayError } from '../../../protocol/errors.ts';
import { bridges } from '../support.ts';
import { type BadServer, sendJson, startBadServer } from './support/bad-server.ts';
import { failureOf, open } from './support/endpoint.ts';

const recorded = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../fixtures/${name}.json`, import.meta.url), 'utf8'));

interface Read {
  readonly who: string;
  readonly method: string;
  readonly http: number;
  readonly truth: string;
  readonly text?: string;
  readonly rpcCode?: number;
  /** As the relayer once read it. */
  readonly result?: string;
}
interface Sent {
  readonly client: string;
  readonly code?: number;
  readonly http: number;
  readonly text: string;
  readonly wanted: string;
}
interface Batch {
  readonly who: string;
  readonly status: number;
  readonly body: { readonly error: { readonly message: string } };
}
const reads = recorded('read-errors') as readonly Read[];
const sends = recorded('send-errors') as readonly Sent[];
const { answers: batches } = recorded('batch-answered-by-one-object') as { readonly answers: readonly Batch[] };
const { answers: finalized } = recorded('finalized-tag') as {
  readonly answers: readonly { readonly who: string; readonly error: { readonly message: string } }[];
};

const [bridge] = bridges;
const data = '0x12';
const hash = `0x${'ab'.repeat(32)}` as const;

describe('a recorded answer', () => {
  const servers: BadServer[] = [];
  const opened: OpenEndpoint[] = [];
  afterEach(async () => {
    for (const one of [...opened.splice(0), ...servers.splice(0)]) await one[Symbol.asyncDispose]();
  });

  /** One node for each answer; the quorum is `quorum`. An answer without a body is JSON-RPC's `rest` under the request's id. */
  async function nodes(
    answers: readonly { readonly status?: number; readonly body?: string; readonly rest?: object }[],
    quorum = 1,
  ): Promise<RpcQuorum> {
    for (const { status = 200, body, rest } of answers) {
      const server = await startBadServer(({ calls, isBatch }, response) => {
        if (body !== undefined) return void response.writeHead(status).end(body);
        const items = calls.map(({ id }) => ({ jsonrpc: '2.0', id, ...rest }));
        sendJson(response, isBatch ? items : items[0], status);
      });
      servers.push(server);
      opened.push(open(server.url));
    }
    return createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum, endpoints: opened },
      onDisagreement: () => assert.fail('a disagreement'),
    });
  }
  /** Without a code, what was recorded is a result, or no JSON-RPC at all. */
  const answerOf = ({ http, text = '', rpcCode, result }: Read) => {
    if (rpcCode !== undefined) return { status: http, rest: { error: { code: rpcCode, message: text } } };
    if (result === 'undefined') return { rest: {} };
    if (result !== undefined) return { rest: { result: JSON.parse(result) as unknown } };
    return { status: http, body: http === 200 ? '' : '<html>refused by the plan</html>' };
  };
  const failing = async (promise: Promise<unknown>): Promise<PegwayError> => {
    const error: unknown = await promise.then(
      () => assert.fail('it was answered'),
      (reason: unknown) => reason,
    );
    return error as PegwayError;
  };

  for (const one of reads) {
    const { who, method, truth, text = '' } = one;
    const name = `of ${who} to ${method}, "${text.slice(0, 60)}"`;
    if (truth === 'answer') {
      it(`${name}, is a result although it has an error, which is null`, async () => {
        const chain = await nodes([{ rest: { result: [], error: null } }]);
        assert.deepEqual(await chain.one(method, []), []);
      });
    } else if (truth === 'refusal') {
      it(`${name}, is a refusal of the call, not a failure of the node`, async () => {
        const error = await failing((await nodes([answerOf(one)])).one(method, []));
        assert.ok(isRefusal(error) && !isNodeFailure(error));
      });
    } else if (truth === 'low funds') {
      it(`${name}, says that the account lacks funds, not that the bridge refuses`, async () => {
        const at = { address: bridge, nodes: await nodes([answerOf(one)]), side: 'main' as const };
        assert.equal((await failing(estimate(at, bridge, data))).code, 'low-funds');
      });
    } else if (truth.includes('use depth')) {
      it(`${name}, names the setting for a chain without the tag`, async () => {
        const error = await failing(finalHead(await nodes([answerOf(one)]), 'finalized'));
        assert.match(error.hint ?? '', /finality to \{ "depth": N \}/);
      });
    } else if (truth.includes('witnesses')) {
      it(`${name}, names another node or witnesses`, async () => {
        const chain = await nodes([answerOf(one), answerOf(one)], 2);
        const error = await failing(createBlockProofs(chain, 'ethereum').logs(1n, hash, [bridge]));
        assert.match(error.hint ?? '', /add a node .*witnesses/);
      });
    } else if (!truth.startsWith('operator: lower logRange')) {
      it(`${name}, is none of the call, and shows the words`, async () => {
        const chain = await nodes([answerOf(one)]);
        const error = await failing(
          createBlockProofs(chain, 'ethereum').readLogs(
            (asked, params) => chain.one(asked, params),
            ...(['one', { from: 1n, to: 1n }, [bridge], () => ({})] as const),
          ),
        );
        assert.ok(!isRefusal(error));
        if (one.rpcCode !== undefined) assert.ok(error.message.includes(text.slice(0, 100)), error.message);
        else assert.equal(error.code, 'rpc-unreachable');
        if (one.http !== 200) assert.match(error.message, new RegExp(`HTTP ${one.http}`));
      });
    }
  }

  for (const { who, error } of finalized) {
    it(`of ${who} to the tag "finalized", is quoted with the setting`, async () => {
      const answer = { rest: { error } };
      for (const chain of [await nodes([answer]), await nodes([answer, answer], 2)]) {
        const failure = await failing(finalHead(chain, 'finalized'));
        assert.ok(failure.message.includes(error.message), failure.message);
        assert.match(failure.hint ?? '', /finality to \{ "depth": N \}/);
        assert.equal(failure.code, 'rpc-unreachable');
      }
    });
  }

  it('to the tag "finalized" that is a rate limit or no answer, does not name the setting', async () => {
    const limit = { rest: { error: { code: -32_005, message: 'daily request count exceeded, request rate limited' } } };
    for (const answer of [limit, { status: 503, body: 'Service Unavailable' }, { status: 429, body: '' }]) {
      assert.equal((await failing(finalHead(await nodes([answer]), 'finalized'))).hint, undefined);
    }
  });

  it('that is null, by however many nodes, does not outvote the node with the block', async () => {
    const block = { number: '0x7', hash, parentHash: hash, timestamp: '0x1', gasLimit: '0x1', logsBloom: '0x' };
    const none = { rest: { result: null } };
    assert.equal((await headerAt(await nodes([none, none, { rest: { result: block } }]), 7n)).number, 7n);
  });

  for (const { who, status, body } of batches) {
    it(`to a whole batch, of ${who}, is quoted, and says nothing about a transaction in it`, async () => {
      await nodes([{ status, body: JSON.stringify(body) }]);
      const [endpoint] = opened;
      const failures = await Promise.all(
        ['eth_getLogs', 'eth_sendRawTransaction'].map((method) => failureOf(endpoint!.request(method, []))),
      );
      for (const failure of failures) {
        assert.ok(failure.message.includes(body.error.message), failure.message);
        if (status !== 200) assert.equal(failure.status, status);
        assert.equal(broadcastOutcomes[classifyBroadcastError(failure)].then, 'silent');
      }
    });
  }

  for (const { client, code, http, text, wanted } of sends) {
    it(`of ${client} to a transaction, "${text.slice(0, 70)}", is read as ${wanted} from any depth`, async () => {
      const error = { code, message: text };
      const forms =
        code === undefined
          ? [{ status: http, body: text }]
          : [
              { status: http, rest: { error } },
              // Gateways wrap an answer, and put their own status on it.
              { status: 400, rest: { error } },
              { rest: { error: { code: -32_603, message: 'Internal JSON-RPC error.', data: error } } },
            ];
      for (const form of forms) {
        await nodes([form]);
        const failure = await failureOf(opened.at(-1)!.request('eth_sendRawTransaction', [data]));
        assert.equal(broadcastOutcomes[classifyBroadcastError(failure)].then, wanted, failure.message);
      }
    });
  }

  it('to a transaction is not read from the name of the node', () => {
    const error = new RpcError('0-gateway.nonce-too-low.example', 'eth_sendRawTransaction', {
      ...{ code: -32_000, message: 'invalid sender' },
    });
    assert.equal(classifyBroadcastError(error), 'invalid-transaction');
  });

  it('without the method is one by code, words or status', async () => {
    for (const answer of [
      { rest: { error: { code: -32_601, message: 'x' } } },
      { rest: { error: { code: -32_000, message: 'eth_getBlockReceipts: method not supported on this tier' } } },
      { status: 403, body: 'not in your plan' },
      { status: 405, body: '' },
    ]) {
      await nodes([answer]);
      assert.ok(isMethodMissing(await failureOf(opened.at(-1)!.request('eth_getBlockReceipts', []))));
    }
  });
});
