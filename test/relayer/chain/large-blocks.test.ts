import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type MockTimers, describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { createReceiptStream } from '../../../protocol/proof/receipt-stream.ts';
import type { RpcReceiptLog } from '../../../protocol/proof/receipts.ts';
import { createBlockProofs } from '../../../relayer/chain/logs.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { hashOf, makeBlock } from '../../protocol/proof/support/block.ts';
import { bridges } from '../support.ts';
import { type Received, sendJson, startBadServer } from './support/bad-server.ts';
import { open } from './support/endpoint.ts';

const [bridge, stranger] = bridges;
const transfer = hashOf('Transfer');
/** One log of the bridge after a stranger's thousand. */
const block = makeBlock(7n, [
  { logs: Array.from({ length: 1_000 }, () => ({ address: stranger, topics: [], data: '0x' as const })) },
  { logs: [{ address: bridge, topics: [transfer], data: '0x' }] },
]);
const body = JSON.stringify({ jsonrpc: '2.0', id: 0, result: block.receipts });

/** Serves the block; `sendReceipts` gets the response's text. */
const serve = (sendReceipts: (response: ServerResponse, text: string) => void) =>
  startBadServer(({ calls, isBatch }: Received, response) => {
    const [{ id, method } = { id: 0, method: '' }] = calls;
    if (method === 'eth_getBlockReceipts') return sendReceipts(response, body.replace('"id":0', `"id":${id}`));
    const result = method === 'eth_getBlockByHash' ? block.header : null;
    const items = calls.map((call) => ({ jsonrpc: '2.0', id: call.id, result }));
    return sendJson(response, isBatch ? items : items[0]);
  });

/** Notified on the client's side, so that no test waits for what may never be sent. */
interface Observer {
  onStream?: () => unknown;
  onPiece?: () => void;
}

const asked = ({ received }: { readonly received: readonly Received[] }) =>
  received.flatMap(({ calls }) => calls).filter(({ method }) => method === 'eth_getBlockReceipts').length;

function proofsAt(
  urls: readonly string[],
  { observers = [], ...options }: { now?: () => number; quorum?: number; observers?: readonly Observer[] } = {},
) {
  const opened = urls.map((url, index) => open(url, { index, largestBody: 20_000, timeoutSeconds: 600 }));
  const endpoints = opened.map((endpoint, index) => ({
    ...endpoint,
    stream: ((method, params, sink, signal) => {
      observers[index]?.onStream?.();
      const write = (piece: Buffer) => {
        sink.write(piece);
        observers[index]?.onPiece?.();
      };
      return endpoint.stream(method, params, { write, frame: () => sink.frame() }, signal);
    }) satisfies typeof endpoint.stream,
  }));
  const nodes = createRpcQuorum({
    ...{ name: 'main', chainId: 1, quorum: 2, endpoints, onDisagreement: () => undefined },
    ...options,
  });
  const proofs = createBlockProofs(nodes, 'ethereum');
  proofs.contracts.set(bridge, [bridge]);
  return {
    prove: () => proofs.logs(7n, block.header.hash, [bridge]),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** Awaits what happens without the passing of time, except for timers that are due at once. */
async function soon<T>(timers: MockTimers, promise: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  const settle = (): void => void (state.isSettled = true);
  promise.then(settle, settle);
  while (!state.isSettled) {
    timers.tick(1);
    await turn();
  }
  return promise;
}

describe('a block that a stranger filled with logs', () => {
  it('is proven, though its receipts exceed the largest body that is held in memory', async () => {
    await using node = await serve((response, text) => response.end(text));
    await using proofs = proofsAt([node.url]);
    assert.ok(body.length > 20_000);
    const logs = await proofs.prove();
    assert.deepEqual(
      logs.map(({ address, topics }) => ({ address, topics })),
      [{ address: bridge, topics: [transfer] }],
    );
  });

  it('is proven when the node takes longer for it than for any block before', async (test) => {
    const { timers } = test.mock;
    timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    const begun = Promise.withResolvers<() => void>();
    let blocks = 0;
    await using node = await serve((response, text) => {
      blocks += 1;
      if (blocks <= 10) response.end(text);
      else begun.resolve(() => response.end(text));
    });
    await using proofs = proofsAt([node.url], { now: () => now });
    for (let block = 0; block < 10; block += 1) await soon(timers, proofs.prove());
    const proven = proofs.prove();
    const finish = await soon(timers, begun.promise);
    now = 60_000;
    timers.tick(60_000);
    finish();
    assert.equal((await soon(timers, proven)).length, 1);
  });

  it('is requested from one node alone while the response progresses', async (test) => {
    const { timers } = test.mock;
    timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    const begun = Promise.withResolvers<ServerResponse>();
    const arrived = Promise.withResolvers<undefined>();
    let requests = 0;
    await using first = await serve((response) => begun.resolve(response));
    await using second = await serve((response, text) => response.end(text));
    await using proofs = proofsAt([first.url, second.url], {
      now: () => now,
      observers: [{ onPiece: () => arrived.resolve(undefined) }, { onStream: () => (requests += 1) }],
    });
    const proven = proofs.prove();
    const response = await soon(timers, begun.promise);
    const [head, rest] = [body.slice(0, 1_000), body.slice(1_000)];
    now = 200;
    response.write(head.replace('"id":0', `"id":${first.received[0]!.calls[0]!.id}`));
    await soon(timers, arrived.promise);
    // Past the delay after which another node is asked, counted from the request; not counted from the progress.
    now = 400;
    timers.tick(400);
    assert.equal(requests, 0);
    response.end(rest);
    await soon(timers, proven);
    assert.equal(requests, 0);
  });

  it('is no proof when its receipts end early or are malformed: the next node is asked', async () => {
    for (const broken of [body.slice(0, -200), body.replace('"topics":[]', '"topics":7'), '{"result":null}']) {
      await using first = await serve((response) => response.end(broken));
      await using second = await serve((response, text) => response.end(text));
      await using proofs = proofsAt([first.url, second.url]);
      assert.equal((await proofs.prove()).length, 1);
      assert.equal(asked(second), 1);
    }
  });
});

describe('with a quorum of 1', () => {
  it('a block’s logs are read by its hash from a node that has it, and no receipts', async () => {
    const log = block.receipts[1]!.logs[0]!;
    const answering = (result: unknown) =>
      startBadServer(({ calls }, response) => sendJson(response, { jsonrpc: '2.0', id: calls[0]!.id, result }));
    for (const answer of [null, [{ ...log, blockHash: hashOf('another') }]]) {
      await using without = await answering(answer);
      await using withBlock = await answering([log]);
      await using proofs = proofsAt([without.url, withBlock.url], { quorum: 1 });
      assert.deepEqual(await proofs.prove(), [log]);
      const methods = [without, withBlock].flatMap(({ received }) => received.flatMap(({ calls }) => calls));
      assert.deepEqual(
        methods.map(({ method, params }) => [method, params]),
        Array(2).fill(['eth_getLogs', [{ blockHash: block.header.hash, address: [bridge] }]]),
      );
    }
  });
});

describe('a streamed response', () => {
  const streamOf = () => {
    const logs: RpcReceiptLog[] = [];
    return createReceiptStream(
      (log) => logs.push(log),
      () => undefined,
    );
  };
  const signal = new AbortController().signal;

  it('that refuses has the node’s words, as any other', async () => {
    await using node = await startBadServer(({ calls }, response) =>
      sendJson(response, { jsonrpc: '2.0', id: calls[0]!.id, error: { code: -32_601, message: 'no such method' } }),
    );
    await using endpoint = open(node.url);
    await assert.rejects(endpoint.stream('eth_getBlockReceipts', ['0x7'], streamOf(), signal), /no such method/);
  });

  it('that is an HTTP error keeps the body’s words', async () => {
    await using node = await startBadServer((_, response) => response.writeHead(503).end('upstream is full'));
    await using endpoint = open(node.url);
    await assert.rejects(endpoint.stream('eth_getBlockReceipts', ['0x7'], streamOf(), signal), /503.*upstream is full/);
  });
});
