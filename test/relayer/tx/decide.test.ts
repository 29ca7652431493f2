import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type BroadcastOutcome,
  broadcastOutcomeNames,
  broadcastOutcomes,
} from '../../../relayer/tx/broadcast-errors.ts';
import { type Action, type ChainView, decide, wantsBalance } from '../../../relayer/tx/decide.ts';
import type { TransactionRecord } from '../../../relayer/tx/records.ts';
import { block, fees, feesOf, record, version, view } from './support/records.ts';
import { gwei } from './support/world.ts';

const names = (actions: readonly Action[]): string[] =>
  actions.map((action) => ('reason' in action ? `${action.do} ${action.reason}` : action.do));

const decided = (given: TransactionRecord, seen: ChainView, now = 0): string[] => names(decide(given, seen, now));

describe('deciding about a transaction', () => {
  describe('that every node refuses', () => {
    const refused = (answer: BroadcastOutcome, given: Partial<TransactionRecord> = {}) =>
      record({ versions: [version({ answer })], ...given });

    it('for its contents gives up and frees the nonce, when nothing above waits', () => {
      for (const answer of broadcastOutcomeNames.filter((name) => broadcastOutcomes[name].then === 'refuse')) {
        assert.deepEqual(decided(refused(answer), view()), [`abandon ${answer}`]);
      }
    });

    it('for its contents fills the nonce, when something above waits', () => {
      const actions = decide(refused('gas-limit-too-high'), view({ highestNonce: 6 }), 0);
      assert.deepEqual(names(actions), ['fill gas-limit-too-high']);
    });

    it('for its contents waits with filling while fees are above the cap', () => {
      const seen = view({ highestNonce: 6, baseFee: 200n * gwei });
      assert.deepEqual(decided(refused('gas-limit-too-high'), seen), ['hold fee-cap']);
    });

    it('for want of coins is held until the balance pays for it, and then sent as it is', () => {
      const poor = refused('insufficient-funds');
      assert.ok(wantsBalance(poor));
      assert.deepEqual(decided(poor, view({ balance: 1n })), ['hold low-funds']);
      assert.deepEqual(decided(poor, view({ balance: null })), ['hold low-funds']);
      assert.deepEqual(decided(poor, view({ balance: 2_000_000n * gwei })), ['broadcast']);
    });

    it('for a fee above the node’s own cap waits for lower fees', () => {
      const dear = refused('fee-cap-exceeded', {
        versions: [version({ answer: 'fee-cap-exceeded', fees: fees(50n * gwei) })],
      });
      assert.deepEqual(decided(dear, view({ baseFee: 40n * gwei })), ['hold fee-cap']);
      const actions = decide(dear, view({ baseFee: 10n * gwei }), 0);
      assert.deepEqual(names(actions), ['bump']);
      assert.equal(feesOf(actions)?.maxFeePerGas, 21n * gwei);
    });
  });

  describe('whose nonce is used up', () => {
    it('by somebody else abandons it', () => {
      assert.deepEqual(decided(record(), view({ count: 6 })), ['abandon foreign-nonce']);
    });

    it('by any of its versions is mined', () => {
      const twice = record({ versions: [version(), version({ hash: '0xbb' })] });
      for (const hash of ['0xaa', '0xbb']) {
        const actions = decide(twice, view({ count: 6, included: new Map([[hash, block]]) }), 0);
        assert.deepEqual(actions, [{ do: 'mined', block, hash }]);
      }
    });
  });

  describe('that is mined', () => {
    const mined = record({ status: 'mined', mined: block });

    it('makes it pending again when the chain takes it back', () => {
      assert.deepEqual(decided(mined, view({ count: 5 })), ['reorganised']);
      assert.deepEqual(decided({ ...mined, status: 'settled' }, view({ count: 5 })), ['reorganised']);
    });

    it('keeps it until it is deep enough', () => {
      assert.deepEqual(decided(mined, view({ count: 6, at: 16n })), []);
      assert.deepEqual(decided(mined, view({ count: 6, at: 17n })), ['settle']);
      assert.deepEqual(decided({ ...mined, status: 'settled' }, view({ count: 6, at: 99n })), []);
    });
  });

  describe('that waits', () => {
    it('sends it again with every block, and once a while without one', () => {
      assert.deepEqual(decided(record(), view({ at: 11n })), ['broadcast']);
      assert.deepEqual(decided(record(), view({ at: 10n })), []);
      assert.deepEqual(decided(record(), view({ at: 10n }), 15_000), ['broadcast']);
    });

    it('sends what was recorded and never sent', () => {
      const unsent = record({ versions: [version({ answer: null })], sent: null });
      assert.deepEqual(decided(unsent, view({ at: 10n })), ['broadcast']);
    });

    it('raises both fees by an eighth at the least after the turn', () => {
      assert.deepEqual(decided(record(), view({ at: 12n })), ['broadcast']);
      const actions = decide(record(), view({ at: 13n }), 0);
      assert.deepEqual(names(actions), ['bump']);
      assert.equal(feesOf(actions)?.maxFeePerGas, (20n * gwei * 9n) / 8n);
      assert.equal(feesOf(actions)?.maxPriorityFeePerGas, (gwei * 9n) / 8n);
    });

    it('raises to what the chain asks now, if that is more', () => {
      const actions = decide(record(), view({ at: 13n, baseFee: 30n * gwei, tip: 3n * gwei }), 0);
      assert.deepEqual(feesOf(actions), fees(63n * gwei, 3n * gwei));
    });

    it('leaves a later nonce alone while the base fee is below its fees: it waits for the one before', () => {
      assert.deepEqual(decided(record({ nonce: 6 }), view({ at: 20n })), ['broadcast']);
      assert.deepEqual(decided(record({ nonce: 6 }), view({ at: 20n, baseFee: 21n * gwei })), ['bump']);
    });

    it('gives the next nonce a turn of its own after the one before was mined', () => {
      assert.deepEqual(decided(record(), view({ at: 20n, movedAt: 18n })), ['broadcast']);
      assert.deepEqual(decided(record(), view({ at: 21n, movedAt: 18n })), ['bump']);
    });

    it('is held at the cap, goes on being sent, and is raised again when fees fall', () => {
      assert.deepEqual(decided(record(), view({ at: 13n, baseFee: 120n * gwei })), ['hold fee-cap', 'broadcast']);
      assert.deepEqual(decided(record(), view({ at: 14n, baseFee: 40n * gwei })), ['bump']);
    });

    it('is held at the cap when nothing is left to raise by', () => {
      const top = record({ versions: [version({ fees: fees(95n * gwei) })] });
      assert.deepEqual(decided(top, view({ at: 13n })), ['hold fee-cap', 'broadcast']);
    });

    it('is held, not raised, while the tip is not known', () => {
      assert.deepEqual(decided(record(), view({ at: 13n, tip: null })), ['hold fee-cap', 'broadcast']);
    });

    it('has nothing to raise on a chain that is free of fees', () => {
      const free = record({ versions: [version({ fees: fees(0n, 0n) })] });
      assert.deepEqual(decided(free, view({ at: 50n, baseFee: 0n, tip: 0n })), ['broadcast']);
    });

    it('raises the price on a chain without base fees', () => {
      const legacy = { legacy: true, maxFeePerGas: 8n, maxPriorityFeePerGas: 8n };
      const actions = decide(
        record({ versions: [version({ fees: legacy })] }),
        view({ at: 13n, baseFee: null, tip: 8n }),
        0,
      );
      assert.deepEqual(feesOf(actions), { legacy: true, maxFeePerGas: 9n, maxPriorityFeePerGas: 9n });
    });
  });

  describe('that a pool finds too cheap', () => {
    it('doubles it with the next block, so that few steps lead to the cap', () => {
      const cheap = record({ versions: [version({ answer: 'underpriced' })] });
      assert.deepEqual(decided(cheap, view({ at: 10n })), []);
      const actions = decide(cheap, view({ at: 11n }), 0);
      assert.equal(feesOf(actions)?.maxFeePerGas, 40n * gwei);
      assert.equal(feesOf(actions)?.maxPriorityFeePerGas, 2n * gwei);
    });

    it('below the base fee only waits its turn: it may fall', () => {
      const cheap = record({ versions: [version({ answer: 'underpriced' })] });
      assert.deepEqual(decided(cheap, view({ at: 11n, baseFee: 30n * gwei })), ['broadcast']);
    });

    it('to replace something else gives that a turn, and then doubles once a block', () => {
      const second = record({ versions: [version({ answer: 'replacement-underpriced' })] });
      assert.deepEqual(decided(second, view({ at: 12n })), ['broadcast']);
      assert.deepEqual(decided(second, view({ at: 13n })), ['bump']);
      const raised = version({ answer: 'replacement-underpriced', block: 13n, fees: fees(40n * gwei, 2n * gwei) });
      const third = record({ versions: [version({ answer: 'replacement-underpriced' }), raised] });
      assert.deepEqual(decided(third, view({ at: 13n })), ['broadcast']);
      assert.equal(feesOf(decide(third, view({ at: 14n }), 0))?.maxFeePerGas, 80n * gwei);
    });
  });

  describe('whose raise was refused', () => {
    const raise = (answer: BroadcastOutcome) =>
      record({
        versions: [version(), version({ hash: '0xbb', answer, block: 13n, fees: fees(30n * gwei, 2n * gwei) })],
      });

    it('for want of coins holds, and keeps sending the version that a pool took', () => {
      const actions = decide(raise('insufficient-funds'), view({ at: 14n, balance: 1n }), 0);
      assert.deepEqual(names(actions), ['hold low-funds', 'broadcast']);
      assert.equal(actions[1]?.do === 'broadcast' && actions[1].version.hash, '0xaa');
    });

    it('for want of coins raises again once the balance pays for it', () => {
      assert.deepEqual(decided(raise('insufficient-funds'), view({ at: 16n, balance: 10n ** 18n })), ['bump']);
      assert.deepEqual(decided(raise('insufficient-funds'), view({ at: 16n, balance: 1n })), [
        'hold low-funds',
        'broadcast',
      ]);
    });

    it('for the node’s own fee cap does not offer the same again', () => {
      const seen = view({ at: 16n, baseFee: 18n * gwei });
      assert.deepEqual(decided(raise('fee-cap-exceeded'), seen), ['hold fee-cap', 'broadcast']);
    });
  });
});
