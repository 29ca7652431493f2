import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';

import type { TransactionRecord } from '../../../relayer/tx/records.ts';
import { createTransactionStore } from '../../../relayer/tx/store.ts';
import { address } from './support/world.ts';

const record = (nonce: number, given: Partial<TransactionRecord> = {}): TransactionRecord => ({
  key: `key-${nonce}`,
  to: address,
  data: '0x0102',
  gas: 2n ** 63n,
  note: { lane: 'mint:0xaa', firstNonce: 7 },
  chain: 'main',
  account: address,
  nonce,
  status: 'mined',
  filler: false,
  versions: [
    {
      hash: '0xaa',
      raw: '0x02',
      fees: { legacy: false, maxFeePerGas: 10n ** 30n, maxPriorityFeePerGas: 0n },
      gas: 1n,
      block: 12n,
      answer: 'already-known',
    },
  ],
  held: null,
  mined: { number: 12n, hash: '0x0c' },
  sent: null,
  ...given,
});

describe('the store of transaction records', () => {
  it('keeps no record of another chain or account apart from its own', () => {
    const store = createTransactionStore(new DatabaseSync(':memory:'));
    const other = '0x00000000000000000000000000000000000000bb';
    store.save(record(1));
    store.save(record(1, { chain: 'product' }));
    store.save(record(1, { account: other }));
    store.remove(record(1, { chain: 'product' }));
    assert.equal(store.load('main', address).length, 1);
    assert.equal(store.load('main', other).length, 1);
    assert.equal(store.load('product', address).length, 0);
  });

  it('gives back what was saved, in the order of nonces, the last state of each', () => {
    const store = createTransactionStore(new DatabaseSync(':memory:'));
    store.save(record(10));
    store.save(record(9, { status: 'pending' }));
    store.save(record(9, { held: 'fee-cap' }));
    assert.deepEqual(store.load('main', address), [record(9, { held: 'fee-cap' }), record(10)]);
  });

  it('finds an account however its address is written', () => {
    const store = createTransactionStore(new DatabaseSync(':memory:'));
    store.save(record(1));
    assert.equal(store.load('main', address.toLowerCase() as `0x${string}`).length, 1);
  });

  it('does not take a caller’s words for numbers of its own', () => {
    const store = createTransactionStore(new DatabaseSync(':memory:'));
    const odd = record(1, { key: '5n', note: { text: '12n' } });
    store.save(odd);
    assert.deepEqual(store.load('main', address), [odd]);
  });

  it('does not keep when something was sent: the clock was another process’s', () => {
    const store = createTransactionStore(new DatabaseSync(':memory:'));
    store.save(record(1, { sent: { block: 3n, at: 77 } }));
    assert.equal(store.load('main', address)[0]?.sent, null);
  });
});
