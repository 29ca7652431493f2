import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { chainOf, fakeChain, honest } from '../anchors/fake-chain.ts';

const LENGTH = 300;
const main = chainOf(LENGTH);
/** The same chain up to block 249, another one from block 250 on. */
const other = chainOf(LENGTH, 1, 250);

const hashes = (chain: typeof main, from: number, to: number) => chain.slice(from, to + 1).map(({ hash }) => hash);
const range = (chain: typeof main, from: number, to: number) => ({
  ...{ from: BigInt(from), to: BigInt(to), hash: chain[to]!.hash },
});

describe('linked hashes', () => {
  it('are those of the blocks of the range, and of the one before it', async () => {
    const { chain } = fakeChain(() => main);
    for (const [from, to] of [
      [1, 1],
      [5, 68],
      [5, 69],
      [7, 299],
    ] as const) {
      assert.deepEqual(await chain.linkedHashes(range(main, from, to)), {
        ...{ hashes: hashes(main, from, to), parentHash: main[from - 1]!.hash },
      });
    }
  });

  it('are read once for all bridges of the chain, at the same time and later', async () => {
    const { chain, counts } = fakeChain(() => main);
    const whole = { hashes: hashes(main, 1, 200), parentHash: main[0]!.hash };
    const both = await Promise.all([chain.linkedHashes(range(main, 1, 200)), chain.linkedHashes(range(main, 1, 200))]);
    assert.deepEqual(both, [whole, whole]);
    assert.equal(counts.headers, 200);

    await chain.linkedHashes(range(main, 1, 210));
    assert.equal(counts.headers, 210, 'only what is new');
    await chain.linkedHashes(range(main, 90, 150));
    assert.equal(counts.headers, 210, 'nothing that is remembered');
  });

  it('are those of the branch of the hash, whatever was read before', async () => {
    let headers = main;
    const { chain } = fakeChain(() => headers);
    await chain.linkedHashes(range(main, 200, 280));
    headers = other;
    assert.deepEqual((await chain.linkedHashes(range(other, 200, 299))).hashes, hashes(other, 200, 299));
    assert.deepEqual((await chain.linkedHashes(range(other, 245, 260))).hashes, hashes(other, 245, 260));
  });

  it('are never those of a node with other headers, which the next node does not share', async () => {
    const liar = (header: (typeof main)[number]) => other[Number(header.number)] ?? null;
    const { chain } = fakeChain(() => main, [liar, honest]);
    assert.deepEqual((await chain.linkedHashes(range(main, 240, 299))).hashes, hashes(main, 240, 299));

    let isLying = true;
    const { chain: single } = fakeChain(() => main, [(header) => (isLying ? liar(header) : header)]);
    await assert.rejects(single.linkedHashes(range(main, 240, 299)), {
      ...{ code: 'proof-invalid', message: /product chain, node 0: expected block 299/ },
    });
    isLying = false;
    assert.deepEqual((await single.linkedHashes(range(main, 240, 299))).hashes, hashes(main, 240, 299));
  });
});
