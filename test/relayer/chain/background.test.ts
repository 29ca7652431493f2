import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { openChain } from '../../../relayer/chain/chain-reader.ts';

describe('background reads of a chain', () => {
  it('run four at once for all its bridges, in the order in which they came', async () => {
    await using chain = openChain(
      'main',
      {
        ...{ chainId: 1, rpcUrls: ['http://127.0.0.1:1'], rpcQuorum: 1, requestTimeoutSeconds: 5 },
        ...{ finality: 'finalized', proof: 'receipts', headerRule: 'ethereum', batch: true, logRange: 100 },
        ...{ staleSeconds: 60, maxFeePerGas: 1n },
      },
      { request: () => undefined, disagreement: () => undefined },
    );
    const bridges = [1, 2].map((number) => chain.bridgeAt('main', `0x${String(number).repeat(40)}`));
    const begun: number[] = [];
    const ends = Array.from({ length: 6 }, () => Promise.withResolvers<undefined>());
    const all = ends.map(({ promise }, index) =>
      bridges[index % 2]!.background(() => {
        begun.push(index);
        return promise;
      }),
    );
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3]);

    ends[2]!.resolve(undefined);
    await all[2];
    await setImmediate();
    assert.deepEqual(begun, [0, 1, 2, 3, 4]);

    for (const { resolve } of ends) resolve(undefined);
    await Promise.all(all);
    assert.deepEqual(begun, [0, 1, 2, 3, 4, 5]);
  });
});
