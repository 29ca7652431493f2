import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Verdict } from '../../../relayer/pipeline/bounce.ts';
import type { Bridges } from '../../../relayer/state/bridges.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import type { Lane } from '../../../relayer/transfer/lane.ts';
import { type Refused, createRefused } from '../../../relayer/work/refused.ts';
import { productToken, transferOf } from '../support.ts';

const back: Lane = { direction: 'withdraw', productToken };
const WAIT: Verdict = { next: 'wait' };

describe('withdrawals that their token refused', () => {
  let ledger: Ledger;
  let refused: Refused;
  let verdicts: Map<bigint, Verdict | Error>;
  let judged: bigint[];
  beforeEach(() => {
    ledger = createLedger(back);
    verdicts = new Map();
    judged = [];
    for (let nonce = 0n; nonce < 250n; nonce++) {
      ledger.add(transferOf(nonce, { lane: back }), 0);
      ledger.get(nonce)!.refused = true;
    }
    refused = createRefused({
      // Nothing is read of them here.
      bridges: {} as Bridges,
      judge({ nonce }) {
        judged.push(nonce);
        const verdict = verdicts.get(nonce) ?? WAIT;
        return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
      },
      turnSeconds: 10,
      now: () => 0,
    });
  });

  it('are each looked at again, however many old ones wait before them', async () => {
    verdicts.set(240n, { next: 'bounce', bounceAt: 7n }).set(249n, { next: 'pay' });
    const due = [await refused.due(ledger), await refused.due(ledger), await refused.due(ledger)];
    assert.deepEqual(due, [[], [], [{ nonce: 240n, bounceAt: 7n }]]);
    assert.equal(ledger.get(249n)?.refused, false);
    assert.equal(new Set(judged).size, 250);
  });

  it('are looked at from the first one on after the last, a hundred at a time', async () => {
    for (let look = 1; look <= 3; look++) {
      await refused.due(ledger);
      assert.equal(judged.length, 100 * look);
    }
    assert.deepEqual(judged.slice(249, 252), [249n, 0n, 1n]);
  });

  it('are looked at once where they are few', async () => {
    for (let nonce = 3n; nonce < 250n; nonce++) ledger.settle(nonce);
    await refused.due(ledger);
    await refused.due(ledger);
    assert.deepEqual(judged, [0n, 1n, 2n, 0n, 1n, 2n]);
  });

  it('are not held up by one that cannot be judged', async () => {
    verdicts.set(0n, new Error('the node is gone'));
    await assert.rejects(refused.due(ledger), /the node is gone/);
    await refused.due(ledger);
    assert.deepEqual(judged.slice(0, 3), [0n, 1n, 2n]);
  });
});
