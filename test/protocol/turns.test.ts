import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import { getAddress, numberToHex } from 'viem';

import { cutBatches, hasTurn, leaderOf } from '../../protocol/turns.ts';
import { lane } from '../relayer/support.ts';

const nonceSets = fc
  .uniqueArray(fc.bigInt({ min: 0n, max: 2_000n }), { maxLength: 600 })
  .map((set) => set.toSorted((a, b) => (a < b ? -1 : 1)));

describe('turns', () => {
  it('pass to the next signer every 64 nonces, in a cycle', () => {
    const leaders = [0n, 63n, 64n, 128n, 64n * 6n].map((nonce) => leaderOf(lane, nonce, 6));
    const [first = 0, same, second, third, again] = leaders;
    assert.deepEqual([same, second, third, again], [first, (first + 1) % 6, (first + 2) % 6, first]);
  });

  it('begin at different signers in different lanes', () => {
    const leaders = Array.from({ length: 60 }, (_, index) => {
      const productToken = getAddress(numberToHex(index + 1, { size: 20 }));
      return leaderOf({ direction: 'mint', productToken }, 0n, 6);
    });
    assert.equal(new Set(leaders).size, 6);
  });

  it('include one signer at first, one more after every turn, finally all', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10_000n }),
        fc.integer({ min: 1, max: 32 }),
        fc.nat({ max: 40 }),
        (nonce, size, turns) => {
          const having = (readySeconds: number) =>
            Array.from({ length: size }, (_, index) => index).filter((index) =>
              hasTurn({ lane, nonce, size, index, readySeconds, turnSeconds: 10 }),
            );
          assert.deepEqual(having(0), [leaderOf(lane, nonce, size)]);
          assert.equal(having(turns * 10).length, Math.min(turns + 1, size));
        },
      ),
    );
  });
});

describe('batches', () => {
  it('hold every ready nonce once, in runs without a gap, none larger than allowed', () => {
    fc.assert(
      fc.property(nonceSets, fc.integer({ min: 1, max: 256 }), (ready, largest) => {
        const batches = cutBatches(ready, largest);
        const covered = batches.flatMap(({ firstNonce, count }) =>
          Array.from({ length: count }, (_, index) => firstNonce + BigInt(index)),
        );
        assert.deepEqual(covered, ready);
        assert.ok(batches.every(({ count }) => count >= 1 && count <= largest));
      }),
    );
  });

  it('end at a multiple of 64, so that each has a single leader', () => {
    assert.deepEqual(cutBatches([62n, 63n, 64n, 65n]), [
      { firstNonce: 62n, count: 2 },
      { firstNonce: 64n, count: 2 },
    ]);
  });

  it('cross multiples of 64 in a larger backlog, since fewer batches are cheaper', () => {
    const backlog = Array.from({ length: 300 }, (_, index) => BigInt(index));
    assert.deepEqual(cutBatches(backlog), [
      { firstNonce: 0n, count: 256 },
      { firstNonce: 256n, count: 44 },
    ]);
  });
});
