import { bridges } from '../support.ts';
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type ReadLogs, createLogReader } from '../../../relayer/chain/log-reader.ts';
import type { Request } from '../../../relayer/chain/quorum-read.ts';
import { RpcError, UnreachableError } from '../../../relayer/chain/rpc-errors.ts';

const HOUR_MS = 3_600_000;

const refused = (code: number, message: string, status?: number): Error =>
  new RpcError('one', 'eth_getLogs', { code, message }, { status });

describe('the reader of logs', () => {
  let now: number;
  let readLogs: ReadLogs;
  /** Ranges requested from the node. */
  let asked: string[];
  /** Largest range that the node accepts, in blocks. */
  let limit: bigint;
  let refusal: () => Error;
  beforeEach(() => {
    now = 0;
    asked = [];
    limit = 1_000n;
    refusal = () => refused(-32_602, 'query exceeds max block range');
    readLogs = createLogReader(() => now);
  });

  const request = ((_: string, [{ from, to }]: readonly [{ from: bigint; to: bigint }]) => {
    asked.push(`${from}-${to}`);
    return to - from < limit ? Promise.resolve([`${from}-${to}`]) : Promise.reject(refusal());
  }) as unknown as Request;
  const read = (from: bigint, to: bigint, endpoint = 'one') =>
    readLogs(request, endpoint, { from, to }, [bridges[0]], (range) => range);

  it('reads a range in one request where no limit is known', async () => {
    assert.deepEqual(await read(1n, 100n), ['1-100']);
  });

  it('halves a refused range until it is accepted, and leaves out no block', async () => {
    limit = 30n;
    assert.deepEqual(await read(1n, 100n), ['1-25', '26-50', '51-75', '76-100']);
    assert.deepEqual(asked.slice(0, 3), ['1-100', '1-50', '1-25']);
  });

  it('starts from the learned limit of that endpoint alone', async () => {
    limit = 30n;
    await read(1n, 100n);
    asked = [];
    await read(101n, 200n);
    assert.deepEqual(asked, ['101-125', '126-150', '151-175', '176-200']);
    asked = [];
    limit = 1_000n;
    await read(101n, 200n, 'two');
    assert.deepEqual(asked, ['101-200']);
  });

  it('tries larger ranges again after an hour', async () => {
    limit = 30n;
    await read(1n, 100n);
    limit = 1_000n;
    now = HOUR_MS - 1;
    assert.equal((await read(1n, 100n)).length, 4);
    now = HOUR_MS;
    assert.deepEqual(await read(1n, 100n), ['1-100']);
  });

  it('reports the first refusal when even one block is refused', async () => {
    limit = 0n;
    let refusals = 0;
    refusal = () => refused(-32_000, `refusal ${++refusals}`);
    await assert.rejects(read(1n, 4n), /refusal 1/);
    assert.deepEqual(asked, ['1-4', '1-2', '1-1']);
  });

  for (const [name, error] of [
    ['HTTP 422', new UnreachableError('one', 'eth_getLogs', 'unprocessable', { status: 422 })],
    ['words with HTTP 403', new UnreachableError('one', 'eth_getLogs', 'max block range: 10', { status: 403 })],
    ['a time limit', refused(-32_002, 'request timed out')],
    ['a limit of results under the code of a rate limit', refused(-32_005, 'query returned more than 10000 results')],
  ] as const) {
    it(`takes ${name} for a limit`, async () => {
      limit = 30n;
      refusal = () => error;
      assert.equal((await read(1n, 100n)).length, 4);
    });
  }

  it('takes null for no answer, not for a range without logs', async () => {
    const none = (() => Promise.resolve(null)) as unknown as Request;
    await assert.rejects(
      readLogs(none, 'one', { from: 1n, to: 1n }, [bridges[0]], () => ({})),
      { code: 'rpc-unreachable', message: 'one: eth_getLogs: expected a list, found null' },
    );
  });

  for (const [name, error] of [
    ['a missing method', refused(-32_601, 'no such method')],
    ['too many requests', refused(-32_005, 'slow down', 429)],
    ['a limit of requests in words', refused(-32_005, 'daily request count exceeded, request rate limited')],
    ['a silent node', new Error('no response')],
    ['a gateway that fails', new UnreachableError('one', 'eth_getLogs', 'Bad Gateway', { status: 502 })],
  ] as const) {
    it(`does not take ${name} for a limit`, async () => {
      limit = 0n;
      refusal = () => error;
      await assert.rejects(read(1n, 4n), error);
      assert.deepEqual(asked, ['1-4']);
    });
  }
});
