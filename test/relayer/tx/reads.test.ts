import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { NodeAnswer, TransactionChain } from '../../../relayer/tx/ports.ts';
import { readHead, readTip } from '../../../relayer/tx/reads.ts';

/** Nodes that return these results at once. */
const nodes = (...says: readonly unknown[]): TransactionChain => ({
  ...{ name: 'main', chainId: 1 },
  all<T>() {
    const answers = says.map((result, index) => ({ endpoint: `node ${index}`, result: result as T }));
    return Promise.resolve<readonly NodeAnswer<T>[]>(answers);
  },
});
const block = (number: number, baseFee = 10) => ({
  number: `0x${number.toString(16)}`,
  timestamp: '0x64',
  baseFeePerGas: `0x${baseFee.toString(16)}`,
});
const honest = { number: 50n, timestamp: 100n, baseFeePerGas: 10n };

describe('the tip', () => {
  const head = (baseFeePerGas: bigint | null) => ({ number: 1n, timestamp: 1n, baseFeePerGas });
  const prices = (tip: unknown, gasPrice: unknown): TransactionChain => ({
    ...{ name: 'main', chainId: 1 },
    all: <T>(method: string) => nodes(method === 'eth_gasPrice' ? gasPrice : tip).all<T>(method, []),
  });

  it('is the suggested one above a base fee, and the gas price on a chain without one', async () => {
    assert.equal(await readTip(prices('0x5', '0x64'), head(10n)), 5n);
    assert.equal(await readTip(prices(null, '0x64'), head(null)), 100n);
    assert.equal(await readTip(prices(null, '0x64'), head(10n)), 90n);
  });

  it('meets the minimum gas price of nodes under a base fee of 0, which suggest no tip', async () => {
    assert.equal(await readTip(prices('0x0', '0x64'), head(0n)), 100n);
    assert.equal(await readTip(prices('0x65', '0x64'), head(0n)), 101n);
    assert.equal(await readTip(prices('0x5', null), head(0n)), 5n);
    assert.equal(await readTip(prices(null, null), head(0n)), null);
  });
});

describe('the newest block, for transactions', () => {
  it('is not what one of three nodes makes of it, ahead, behind, or in its fees', async () => {
    for (const lie of [block(2 ** 40), block(1), block(50, 2 ** 40), block(50, 0), null, { number: 'x' }, {}]) {
      assert.deepEqual(await readHead(nodes(lie, block(50), block(50))), honest);
      assert.deepEqual(await readHead(nodes(block(50), block(50), lie)), honest);
    }
  });

  it('is of the one ahead where two answer, so that no nonce comes from one that lags', async () => {
    assert.equal((await readHead(nodes(block(49), block(50))))?.number, 50n);
  });

  it('is none when no node names one', async () => {
    assert.equal(await readHead(nodes(null, {}, 'soon')), null);
  });
});
