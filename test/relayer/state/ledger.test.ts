import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createLedger } from '../../../relayer/state/ledger.ts';
import { lane, transferOf } from '../support.ts';

const nonces = (ledger: ReturnType<typeof createLedger>) => ledger.entries().map(({ transfer }) => transfer.nonce);

describe('a ledger', () => {
  it('does not open a transfer that the destination executed before its source event was proven', () => {
    const ledger = createLedger(lane);
    ledger.settle(0n);
    assert.deepEqual(ledger.ahead(), [0n]);
    assert.equal(ledger.add(transferOf(0n), 0), false);
    assert.deepEqual(nonces(ledger), []);
    assert.deepEqual(ledger.ahead(), []);
  });

  it('lists all parked nonces, including those without a proven source event', () => {
    const ledger = createLedger(lane);
    ledger.add(transferOf(0n), 0);
    ledger.park(0n, true);
    ledger.park(7n, true);
    assert.deepEqual(ledger.parked(), [0n, 7n]);
    assert.deepEqual(ledger.ahead(), [7n]);
    ledger.park(0n, false);
    ledger.park(7n, false);
    assert.deepEqual(ledger.parked(), []);
  });

  it('drops the approvals of a past epoch', () => {
    const ledger = createLedger(lane);
    ledger.enterEpoch(1n);
    ledger.add(transferOf(0n), 0);
    ledger.get(0n)!.approved = true;
    ledger.enterEpoch(1n);
    assert.equal(ledger.get(0n)?.approved, true);
    ledger.enterEpoch(2n);
    assert.equal(ledger.get(0n)?.approved, false);
  });

  it('ends a range at the first nonce that is not open', () => {
    const ledger = createLedger(lane);
    for (const nonce of [0n, 1n, 2n, 3n]) ledger.add(transferOf(nonce), 0);
    ledger.settle(2n);
    assert.deepEqual(
      ledger.range(0n, 4).map(({ nonce }) => nonce),
      [0n, 1n],
    );
  });

  it('ends a range at a transfer that is rejected', () => {
    const ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    const entry = ledger.get(1n);
    assert.ok(entry);
    entry.rejected = 'peg-mismatch';
    assert.equal(ledger.range(0n, 2).length, 1);
  });

  it('returns the oldest movable transfers, at most the requested number', () => {
    const ledger = createLedger(lane);
    for (const nonce of [0n, 1n, 2n, 3n, 4n, 5n]) ledger.add(transferOf(nonce), 0);
    ledger.park(0n, true);
    ledger.get(1n)!.refused = true;
    ledger.get(3n)!.rejected = 'peg-mismatch';
    const oldest = (count: number) => ledger.oldest(count).map(({ transfer }) => transfer.nonce);
    assert.deepEqual(oldest(2), [2n, 4n]);
    assert.deepEqual(oldest(9), [2n, 4n, 5n]);
  });

  it('is replaced by the bridges’ state, with parked transfers marked', () => {
    const ledger = createLedger(lane);
    ledger.add(transferOf(0n), 0);
    ledger.reset(9n, [transferOf(7n), transferOf(3n)], new Set([7n]), 1);
    assert.deepEqual(nonces(ledger), [3n, 7n]);
    assert.equal(ledger.get(7n)?.parked, true);
    assert.equal(ledger.nextNonce, 9n);
  });

  it('wakes a waiter when its nonce is proven', async () => {
    const ledger = createLedger(lane);
    const waiting = ledger.waitFor(0n, 2, 60_000);
    ledger.add(transferOf(0n), 0);
    ledger.add(transferOf(1n), 0);
    await waiting;
    assert.equal(ledger.nextNonce, 2n);
  });

  it('wakes no waiter for a part of its range, and each when its time is over', async () => {
    const ledger = createLedger(lane);
    const ended: string[] = [];
    const wait = async (name: string, count: number, milliseconds: number) => {
      await ledger.waitFor(0n, count, milliseconds);
      ended.push(name);
    };
    const all = [wait('three', 3, 60_000), wait('two', 2, 60_000), wait('a moment', 9, 1)];
    ledger.add(transferOf(0n), 0);
    await all[2];
    assert.deepEqual(ended, ['a moment']);
    ledger.add(transferOf(1n), 0);
    await all[1];
    ledger.add(transferOf(2n), 0);
    await all[0];
    assert.deepEqual(ended, ['a moment', 'two', 'three']);
  });
});
