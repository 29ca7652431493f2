import assert from 'node:assert/strict';
import { it } from 'node:test';

import type { Hex } from 'viem';

import { priceTransactions } from '../../../relayer/history/price-transactions.ts';
import { type History, openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { bridges, hashOf, lane } from '../support.ts';

it('adds the cost of each transaction once its receipt is read, and retries where no node answers', async (test) => {
  const database = new RecordDatabase(':memory:');
  test.after(() => database.close());
  const history: History = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
  for (const nonce of [0n, 1n, 2n]) {
    history.addSettlements(lane, [nonce], {
      ...{ status: 'executed', transactionHash: hashOf(Number(nonce)), blockNumber: 1n, at: 60n, signerMask: 1 },
    });
  }
  const gas = { gasUsed: '0x64', effectiveGasPrice: '0x3' };
  const receipts: Record<Hex, object | null> = {
    [hashOf(0)]: gas,
    [hashOf(1)]: { ...gas, l1Fee: '0x7' },
    [hashOf(2)]: null,
  };
  const run = async (one: (method: string, params: readonly unknown[]) => Promise<unknown>): Promise<unknown[]> => {
    const stopping = new AbortController();
    const errors: unknown[] = [];
    const node = {
      one: <T>(method: string, params: readonly unknown[]) => {
        stopping.abort();
        return one(method, params) as Promise<T>;
      },
    };
    await priceTransactions({
      ...{ nodes: { main: node, product: node }, history, signal: stopping.signal },
      onError: (error) => errors.push(error),
    });
    return errors;
  };
  const sums = () =>
    history.activity
      .rows({ period: 'hour', first: 0n, last: 0n, limit: 9 })
      .map(({ gas: wei, priced }) => [wei, priced]);

  assert.equal((await run(() => Promise.reject(new Error('silent')))).length, 1);
  assert.equal(history.activity.unpriced(9).length, 3);
  assert.deepEqual(await run((_, [hash]) => Promise.resolve(receipts[hash as Hex])), []);
  assert.deepEqual(history.activity.unpriced(9), []);
  assert.deepEqual(sums(), [[607n, 2]], 'an unknown transaction counts in no cost');
});
