import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { PublicClient } from 'viem';

import { paceOf } from '../../sdk/pace.ts';

/** A chain with blocks at these times, in seconds. */
const chainOf = (timestamps: readonly number[]) =>
  ({
    getBlock({ blockNumber }: { readonly blockNumber?: bigint } = {}) {
      const number = blockNumber ?? BigInt(timestamps.length - 1);
      const timestamp = timestamps[Number(number)];
      return timestamp === undefined
        ? Promise.reject(new Error(`no block ${number}`))
        : Promise.resolve({ number, timestamp: BigInt(timestamp) });
    },
  }) as unknown as PublicClient;
const every = (seconds: number, count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, index) => from + index * seconds);

describe('the polling interval', () => {
  it('is the mean block time, within 0.2 and 12 seconds', async () => {
    assert.equal(await paceOf(chainOf(every(2, 40))), 2);
    assert.equal(await paceOf(chainOf(every(60, 40))), 12);
    assert.equal(await paceOf(chainOf(every(0, 40))), 0.2);
  });

  it('is that of a young chain, too', async () => {
    assert.equal(await paceOf(chainOf(every(3, 1))), 0.2);
    assert.equal(await paceOf(chainOf(every(3, 2))), 3);
    assert.equal(await paceOf(chainOf(every(3, 4))), 3);
  });

  it('does not grow by a halt of the chain, wherever it is among the measured blocks', async () => {
    for (let after = 1; after < 17; after++) {
      const before = every(2, 20);
      const times = [...before, ...every(2, after, 38 + 3_600)];
      assert.equal(await paceOf(chainOf(times)), 2, `${after} blocks after it`);
    }
  });
});
