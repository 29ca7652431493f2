import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { isFeePotDue } from '../../../relayer/rewards/fee-mover.ts';

/** Monday, 2026-11-02, 00:00 UTC. */
const MONDAY = 1_793_577_600n;
const WEEK = 604_800n;
const DAY = 86_400n;
const week = (MONDAY + 259_200n) / WEEK;

const due = (change: Partial<Parameters<typeof isFeePotDue>[0]> = {}): boolean =>
  isFeePotDue({
    ...{ pot: { amount: 100n, minimum: 10n }, collectAbove: undefined, timestamp: MONDAY + WEEK - DAY },
    ...{ leadSeconds: Number(DAY), movedIn: undefined },
    ...change,
  });

describe('a fee pot', () => {
  it('is moved in the last day of the week, once', () => {
    assert.ok(due());
    assert.ok(due({ timestamp: MONDAY + WEEK - 1n }));
    assert.ok(!due({ timestamp: MONDAY + WEEK - DAY - 1n }));
    assert.ok(!due({ timestamp: MONDAY + WEEK }));
    assert.ok(!due({ movedIn: week }));
    assert.ok(due({ movedIn: week - 1n }));
  });

  it('is moved at once when it holds the configured amount, as often as it does', () => {
    assert.ok(due({ collectAbove: 100n, timestamp: MONDAY }));
    assert.ok(due({ collectAbove: 100n, timestamp: MONDAY, movedIn: week }));
    assert.ok(!due({ collectAbove: 101n, timestamp: MONDAY }));
    assert.ok(due({ collectAbove: 101n }));
  });

  it('stays while it holds less than the bridge lets go, or nothing', () => {
    assert.ok(!due({ pot: { amount: 9n, minimum: 10n } }));
    assert.ok(!due({ pot: { amount: 9n, minimum: 10n }, collectAbove: 1n }));
    assert.ok(!due({ pot: { amount: 0n, minimum: 0n }, collectAbove: 0n }));
  });
});
