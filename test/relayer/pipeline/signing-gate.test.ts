import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Address, Hex } from 'viem';

import type { Anchor } from '../../../protocol/anchors/statement.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { createGate } from '../../../relayer/pipeline/signing-gate.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { stateAnchor, stateBatch, stateBounce, statePause, stateRewards } from '../../../relayer/state/statement.ts';
import { closings, deadline, hashOf, holder, lane, openGate, pair, productToken, transferOf } from '../support.ts';

const withdraw: Lane = { direction: 'withdraw', productToken };

describe('the signing gate', () => {
  let ledger: Ledger;
  let view: ReturnType<typeof openGate>['view'];
  let gate: ReturnType<typeof openGate>['gate'];
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n, 2n]) ledger.add(transferOf(nonce), 0);
    ({ view, gate } = openGate(ledger, holder));
  });
  const batch = () => stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)]);

  it('passes a batch of proven, open transfers', () => {
    assert.equal(gate.obstacle(batch()), undefined);
  });

  for (const [name, reason, close] of closings) {
    it(`refuses a batch after ${name}`, () => {
      close(view);
      assert.equal(gate.obstacle(batch()), reason);
    });

    it(`refuses a bounce after ${name}`, () => {
      close(view);
      assert.equal(gate.obstacle(stateBounce(pair, 1n, transferOf(0n), deadline)), reason);
    });
  }

  describe('of rewards', () => {
    const rewards = (change: Partial<{ token: Address; period: bigint; root: Hex; total: bigint }> = {}) => {
      const { token, ...period } = { ...view.rewards, ...change };
      return stateRewards({ chainId: 1, rewards: productToken }, 1n, token, period);
    };

    it('passes the root and the total that this relayer computed', () => {
      assert.equal(gate.obstacle(rewards()), undefined);
    });

    it('refuses another root, another total, and a period that is not computed', () => {
      assert.equal(gate.obstacle(rewards({ root: `0x${'34'.repeat(32)}` })), 'digest-mismatch');
      assert.equal(gate.obstacle(rewards({ total: 91n })), 'digest-mismatch');
      assert.equal(gate.obstacle(rewards({ period: 4n })), 'not-final');
      assert.equal(gate.obstacle(rewards({ token: productToken })), 'not-final');
    });

    const distributes = ['a pause', 'a broken audit'];
    const about = ['a finality reversal', 'a lost lease', 'a new signer epoch', 'the end of this signer’s membership'];
    for (const [name, reason, close] of closings.filter(([one]) => [...distributes, ...about].includes(one))) {
      it(`${distributes.includes(name) ? 'passes' : 'refuses'} them after ${name}`, () => {
        close(view);
        assert.equal(gate.obstacle(rewards()), distributes.includes(name) ? undefined : reason);
      });
    }
  });

  describe('of anchors', () => {
    const anchor = (change: Partial<Anchor> = {}) => {
      const own = { blockHash: hashOf(7), historyRoot: hashOf(8) };
      const domain = { chainId: 1, anchors: productToken, sourceChainId: 2 };
      return stateAnchor(domain, 1n, { number: 7n, attestedAt: 1n, ...own, ...change });
    };

    it('passes the hashes that this relayer computed, whenever they are attested', () => {
      assert.equal(gate.obstacle(anchor()), undefined);
      assert.equal(gate.obstacle(anchor({ attestedAt: 2n })), undefined);
    });

    it('refuses another block hash, another history, and a height that is not computed', () => {
      assert.equal(gate.obstacle(anchor({ blockHash: hashOf(9) })), 'digest-mismatch');
      assert.equal(gate.obstacle(anchor({ historyRoot: hashOf(9) })), 'digest-mismatch');
      assert.equal(gate.obstacle(anchor({ number: 8n })), 'not-final');
    });

    it('refuses all of them once the chain was rewritten', () => {
      view.history = 'finality-reversed';
      assert.equal(gate.obstacle(anchor()), 'finality-reversed');
    });

    const kept = ['a pause', 'a broken audit'];
    const about = ['a finality reversal', 'a lost lease', 'a new signer epoch', 'the end of this signer’s membership'];
    for (const [name, reason, close] of closings.filter(([one]) => [...kept, ...about].includes(one))) {
      it(`${kept.includes(name) ? 'passes' : 'refuses'} them after ${name}`, () => {
        close(view);
        assert.equal(gate.obstacle(anchor()), kept.includes(name) ? undefined : reason);
      });
    }
  });

  it('refuses a transfer beyond the proven nonces', () => {
    assert.equal(gate.obstacle(stateBatch(pair, 1n, [transferOf(2n), transferOf(3n)])), 'not-final');
  });

  it('refuses a transfer whose proven event differs in block, transaction, parties or amount', () => {
    for (const change of [
      { blockNumber: 7n },
      { blockHash: `0x${'99'.repeat(32)}` },
      { transactionHash: `0x${'99'.repeat(32)}` },
      { sender: productToken },
      { recipient: productToken },
      { amount: 11n },
    ] as const) {
      assert.equal(gate.obstacle(stateBatch(pair, 1n, [transferOf(0n, change)])), 'digest-mismatch');
    }
  });

  it('refuses a lane without a ledger', () => {
    view.ledger = undefined;
    assert.equal(gate.obstacle(batch()), 'peg-mismatch');
  });

  it('passes a whole source block only while one of its transfers is open', () => {
    const block = stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)], 'block');
    ledger.settle(0n);
    assert.equal(gate.obstacle(block), undefined);
    ledger.settle(1n);
    assert.equal(gate.obstacle(block), 'already-executed');
  });

  it('refuses a whole source block with a rejected transfer', () => {
    ledger.get(1n)!.rejected = 'inexact-amount';
    const block = stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)], 'block');
    assert.equal(gate.obstacle(block), 'inexact-amount');
  });

  it('passes a bounce of a parked withdrawal', () => {
    const back = createLedger(withdraw);
    back.add(transferOf(0n, { lane: withdraw }), 0);
    back.park(0n, true);
    view.ledger = back;
    assert.equal(gate.obstacle(stateBounce(pair, 1n, transferOf(0n, { lane: withdraw }), deadline)), undefined);
  });

  it('passes a pause despite any other fault, but not from a key that is no signer', () => {
    const pause = statePause(pair, 'main', 1n, 0n);
    for (const [, reason, close] of closings) if (reason !== 'not-a-signer') close(view);
    view.ledger = undefined;
    assert.equal(gate.obstacle(pause), undefined);
    view.signers = [];
    assert.equal(gate.obstacle(pause), 'not-a-signer');
  });

  it('returns the obstacle of a lane, independent of its transfers', () => {
    assert.equal(gate.laneObstacle(lane), undefined);
    view.paused = true;
    assert.equal(gate.laneObstacle(lane), 'paused');
  });

  it('reads signers, epoch and pause of the destination', () => {
    const other = openGate(ledger, holder);
    for (const [direction, side] of [
      ['mint', 'product'],
      ['withdraw', 'main'],
    ] as const) {
      const sidesRead = new Set<string>();
      const { view: open } = other;
      const sided = createGate({
        address: holder,
        authority: (one) => (sidesRead.add(one), open),
        ledger: () => open.ledger,
        isPaused: (one) => (sidesRead.add(one), false),
        isSuperseded: () => false,
        isFinalityReversed: () => false,
        auditObstacle: () => undefined,
        rewards: () => undefined,
        history: () => 'not-final',
      });
      sided.obstacle(stateBatch(pair, 1n, [transferOf(0n, { lane: { direction, productToken } })]));
      assert.deepEqual([...sidesRead], [side]);
    }
  });
});
