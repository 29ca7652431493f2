import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Entry, type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { planLane } from '../../../relayer/pipeline/plan.ts';
import { type Backoff, createBackoff } from '../../../relayer/pipeline/backoff.ts';
import { lane, transferOf } from '../support.ts';

const TURN = 10;

describe('transfers that a peer moves', () => {
  let ledger: Ledger;
  let backoff: Backoff;
  let entries: readonly Entry[];
  let time: number;
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n]) ledger.add(transferOf(nonce), 0);
    entries = ledger.entries();
    // Every signer has its turn.
    time = 100;
    backoff = createBackoff({ wake: () => undefined, now: () => time });
  });
  const plan = () => planLane(entries, time, { lane, index: 3, size: 6, turnSeconds: TURN, fallbackSeconds: 1_000 });

  it('are left to the peer for a single turn', () => {
    backoff.yieldTo(entries, 1, TURN);
    assert.deepEqual(plan(), { attest: [], approve: [], lookAgainAt: 110 });
    time = 110;
    assert.deepEqual(plan().attest, [{ firstNonce: 0n, count: 2 }]);
  });

  it('are left to the peer once, however often it requests them', () => {
    backoff.yieldTo(entries, 1, TURN);
    time = 109;
    backoff.yieldTo(entries, 1, TURN);
    time = 110;
    assert.equal(plan().attest.length, 1);
    // But to another peer again.
    backoff.yieldTo(entries, 2, TURN);
    assert.equal(plan().attest.length, 0);
  });

  it('are left to the peer again in another signer epoch', () => {
    ledger.enterEpoch(1n);
    backoff.yieldTo(entries, 1, TURN);
    time = 110;
    ledger.enterEpoch(2n);
    backoff.yieldTo(entries, 1, TURN);
    assert.equal(plan().attest.length, 0);
  });

  it('keep a longer hold of this signer’s own transaction', () => {
    backoff.hold(entries, 'waiting-for-finality', Infinity, 7n);
    backoff.yieldTo(entries, 1, TURN);
    for (const entry of entries)
      assert.deepEqual(entry.hold, { reason: 'waiting-for-finality', until: Infinity, block: 7n });
  });
});

describe('the wake-up of a lane', () => {
  it('happens once, at the earliest requested time', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    let time = 0;
    const woken: number[] = [];
    using backoff = createBackoff({ wake: () => void woken.push(time), now: () => time });
    const pass = (seconds: number) => {
      time += seconds;
      context.mock.timers.tick(seconds * 1_000);
    };
    backoff.wakeLater('lane', 5);
    backoff.wakeLater('lane', 1);
    backoff.wakeLater('lane', 30);
    pass(1);
    assert.deepEqual(woken, [1]);
    pass(30);
    assert.deepEqual(woken, [1]);
  });
});
