import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { planLane } from '../../../relayer/pipeline/plan.ts';
import type { Entry } from '../../../relayer/state/ledger.ts';
import { cutBatches, leaderOf } from '../../../protocol/turns.ts';
import { lane, transferOf } from '../support.ts';

const entry = (nonce: bigint, changes: Partial<Entry> = {}): Entry => ({
  transfer: transferOf(nonce),
  readyAt: 0,
  parked: false,
  releasableAt: undefined,
  refused: false,
  rejected: undefined,
  approved: false,
  yieldedTo: new Set(),
  hold: undefined,
  ...changes,
});

const leader = leaderOf(lane, 0n, 6);
const turn = (place: number) => ({
  lane,
  index: (leader + place) % 6,
  size: 6,
  turnSeconds: 10,
  fallbackSeconds: 100,
});

describe('the plan for a lane', () => {
  it('is empty for a signer until its turn', () => {
    const plan = planLane([entry(0n)], 1, turn(1));
    assert.deepEqual(plan.attest, []);
    assert.equal(plan.lookAgainAt, 10);
    assert.equal(planLane([entry(0n)], 10, turn(1)).attest.length, 1);
    assert.equal(planLane([entry(0n)], 19, turn(2)).attest.length, 0);
  });

  it('skips parked, rejected and held transfers', () => {
    const entries = [
      entry(0n, { parked: true }),
      entry(1n, { rejected: 'peg-mismatch' }),
      entry(2n, { hold: { reason: 'waiting-for-inclusion', until: 5 } }),
      entry(3n),
    ];
    assert.deepEqual(planLane(entries, 1, turn(0)).attest, [{ firstNonce: 3n, count: 1 }]);
    assert.deepEqual(planLane(entries, 5, turn(0)).attest, [{ firstNonce: 2n, count: 2 }]);
  });

  it('assigns a single transfer to its leader at once', () => {
    assert.deepEqual(planLane([entry(0n)], 0, turn(0)).attest, [{ firstNonce: 0n, count: 1 }]);
  });

  it('approves on chain, per source block, transfers that the peers did not sign in time', () => {
    const entries = [
      entry(0n, { transfer: transferOf(0n, { blockNumber: 7n }) }),
      entry(1n, { transfer: transferOf(1n, { blockNumber: 7n }) }),
      entry(2n, { transfer: transferOf(2n, { blockNumber: 8n }) }),
    ];
    const plan = planLane(entries, 100, turn(3));
    assert.deepEqual(plan.approve, [0n, 2n]);
    assert.deepEqual(plan.attest, []);
  });

  it('does not repeat an approval of this signer', () => {
    assert.deepEqual(planLane([entry(0n, { approved: true })], 100, turn(0)).approve, []);
  });
});

describe('batches', () => {
  it('hold each ready nonce once, in runs without a gap, and at most 256', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt(0n, 2_000n), { maxLength: 600 }), (some) => {
        const ready = some.toSorted((a, b) => (a < b ? -1 : 1));
        const batches = cutBatches(ready);
        const covered = batches.flatMap(({ firstNonce, count }) =>
          Array.from({ length: count }, (_, index) => firstNonce + BigInt(index)),
        );
        assert.deepEqual(covered, ready);
        assert.ok(batches.every(({ count }) => count >= 1 && count <= 256));
      }),
    );
  });

  it('do not cross a multiple of 64 while the backlog is small', () => {
    assert.deepEqual(cutBatches([62n, 63n, 64n, 65n]), [
      { firstNonce: 62n, count: 2 },
      { firstNonce: 64n, count: 2 },
    ]);
  });
});
