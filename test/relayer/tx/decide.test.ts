import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import {
  type BroadcastOutcome,
  broadcastOutcomeNames,
  broadcastOutcomes,
} from '../../../relayer/tx/broadcast-errors.ts';
import { type Action, type ChainView, decide, wantsBalance, wantsHigherFees } from '../../../relayer/tx/decide.ts';
import { minimumRaise } from '../../../relayer/tx/fees.ts';
import type { BlockId, Fees, TransactionRecord, Version } from '../../../relayer/tx/records.ts';
import { address, gwei } from './support/world.ts';

const block: BlockId = { number: 9n, hash: '0x09' };

const fees = (maxFee: bigint, tip = gwei): Fees => ({ legacy: false, maxFeePerGas: maxFee, maxPriorityFeePerGas: tip });

const version = (given: Partial<Version> = {}): Version => ({
  hash: '0xaa',
  raw: '0x02',
  fees: fees(20n * gwei),
  gas: 100_000n,
  block: 10n,
  answer: 'accepted',
  ...given,
});

const record = (given: Partial<TransactionRecord> = {}): TransactionRecord => ({
  key: 'mint:7',
  to: address,
  data: '0x',
  gas: 100_000n,
  note: {},
  chain: 'main',
  account: address,
  nonce: 5,
  status: 'pending',
  filler: false,
  versions: [version()],
  held: null,
  mined: null,
  sent: { block: 10n, at: 0 },
  ...given,
});

const view = (
  given: Partial<ChainView> & { readonly at?: bigint; readonly baseFee?: bigint | null } = {},
): ChainView => {
  const { at = 11n, baseFee = 10n * gwei, ...rest } = given;
  return {
    head: { number: at, timestamp: at, baseFeePerGas: baseFee },
    count: 5,
    movedAt: 10n,
    highestNonce: 5,
    included: new Map(),
    tip: gwei,
    balance: null,
    policy: { maxFeePerGas: 100n * gwei, bumpAfterBlocks: 3 },
    finalityBlocks: 8,
    repeatAfterMs: 15_000,
    ...rest,
  };
};

const names = (actions: readonly Action[]): string[] =>
  actions.map((action) => ('reason' in action ? `${action.do} ${action.reason}` : action.do));

const decided = (given: TransactionRecord, seen: ChainView, now = 0): string[] => names(decide(given, seen, now));

const feesOf = (actions: readonly Action[]): Fees | undefined =>
  actions.flatMap((action) => ('fees' in action ? [action.fees] : []))[0];

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

  describe('in any state', () => {
    const arbitraryFees = fc
      .record({
        maxFee: fc.bigInt({ min: 0n, max: 200n * gwei }),
        tip: fc.bigInt({ min: 0n, max: 200n * gwei }),
        legacy: fc.boolean(),
      })
      .map(({ maxFee, tip, legacy }): Fees => {
        const low = legacy || tip > maxFee ? maxFee : tip;
        return { legacy, maxFeePerGas: maxFee, maxPriorityFeePerGas: low };
      });
    const arbitraryVersion = fc
      .record({
        fees: arbitraryFees,
        block: fc.bigInt({ min: 0n, max: 40n }),
        answer: fc.option(fc.constantFrom(...broadcastOutcomeNames)),
      })
      .map(version);
    const arbitraryRecord = fc
      .record({
        nonce: fc.nat({ max: 8 }),
        filler: fc.boolean(),
        versions: fc.tuple(arbitraryVersion, fc.array(arbitraryVersion, { maxLength: 3 })),
        status: fc.constantFrom<TransactionRecord['status']>('pending', 'pending', 'mined', 'settled'),
        sent: fc.option(fc.record({ block: fc.bigInt({ min: 0n, max: 40n }), at: fc.nat({ max: 60_000 }) })),
      })
      .map(({ versions: [first, rest], status, ...other }) =>
        record({
          ...other,
          status,
          versions: [first, ...rest],
          mined: status === 'pending' ? null : block,
        }),
      );
    const arbitraryView = fc
      .record({
        at: fc.bigInt({ min: 0n, max: 60n }),
        baseFee: fc.option(fc.bigInt({ min: 0n, max: 200n * gwei })),
        count: fc.nat({ max: 8 }),
        movedAt: fc.bigInt({ min: 0n, max: 60n }),
        highestNonce: fc.nat({ max: 9 }),
        tip: fc.option(fc.bigInt({ min: 0n, max: 300n * gwei })),
        balance: fc.option(fc.bigInt({ min: 0n, max: 10n ** 17n })),
      })
      .map(view);

    it('never offers more than the cap, nor a tip above the fee', () => {
      fc.assert(
        fc.property(arbitraryRecord, arbitraryView, fc.nat(), (given, seen, now) => {
          const offered = feesOf(decide(given, seen, now));
          if (offered === undefined) return;
          assert.ok(offered.maxFeePerGas <= seen.policy.maxFeePerGas);
          assert.ok(offered.maxPriorityFeePerGas <= offered.maxFeePerGas);
          assert.equal(offered.legacy, seen.head.baseFeePerGas === null);
        }),
      );
    });

    it('never raises a version that a pool may have by less than pools ask for', () => {
      fc.assert(
        fc.property(arbitraryRecord, arbitraryView, fc.nat(), (given, seen, now) => {
          const [action] = decide(given, seen, now);
          const standing = given.versions.findLast(
            ({ answer }) =>
              answer === null || ['sent', 'raise', 'wait', 'silent'].includes(broadcastOutcomes[answer].then),
          );
          if (action?.do !== 'bump' || standing === undefined) return;
          assert.ok(action.fees.maxFeePerGas >= minimumRaise(standing.fees.maxFeePerGas));
          assert.ok(action.fees.maxPriorityFeePerGas >= minimumRaise(standing.fees.maxPriorityFeePerGas));
        }),
      );
    });

    it('asks for a tip exactly when it would use one', () => {
      fc.assert(
        fc.property(arbitraryRecord, arbitraryView, fc.nat(), (given, seen, now) => {
          if (!wantsHigherFees(given, seen)) assert.equal(feesOf(decide(given, seen, now)), undefined);
        }),
      );
    });

    it('raises what is not mined within some turns, whatever block one node made it believe before', () => {
      const lie = fc.bigInt({ min: 0n, max: 2n ** 64n });
      const believed = fc.record({ signed: lie, moved: lie, at: fc.bigInt({ min: 100n, max: 200n }) });
      fc.assert(
        fc.property(believed, ({ signed, moved, at }) => {
          let given = record({ versions: [version({ block: signed })] });
          // A head may lag by as many blocks as make a transaction final, and has its turn then.
          for (let block = at; block < at + 20n; block++) {
            const [action] = decide(given, view({ at: block, movedAt: moved }), 0);
            if (action?.do === 'bump') return;
            if (action !== undefined) given = sent(given, action, block, 'accepted');
          }
          assert.fail('it was never raised');
        }),
      );
    });

    it('raises it once a head all the same, when heads come in any order', () => {
      fc.assert(
        fc.property(fc.array(fc.bigInt({ min: 100n, max: 106n }), { maxLength: 40 }), (heads) => {
          let given = record({ versions: [version({ block: 100n })] });
          const raisedAt: bigint[] = [];
          for (const at of heads) {
            const [action] = decide(given, view({ at, movedAt: 0n }), 0);
            if (action === undefined) continue;
            if (action.do === 'bump') raisedAt.push(at);
            given = sent(given, action, at, 'accepted');
          }
          for (const [index, at] of raisedAt.entries()) assert.ok(at >= (raisedAt[index - 1] ?? 100n) + 3n);
        }),
      );
    });

    it('ends at each head, whatever nodes answer: one new version at the most, and each sent once', () => {
      const arbitraryAnswers = fc.array(fc.constantFrom(...broadcastOutcomeNames), { minLength: 8, maxLength: 8 });
      fc.assert(
        fc.property(arbitraryRecord, arbitraryView, arbitraryAnswers, (given, seen, answersGiven) => {
          let now = given;
          const signed: Fees[] = [];
          for (let round = 0; round <= given.versions.length + 1; round++) {
            const leaving = decide(now, seen, 0).filter((action) => action.do === 'broadcast' || 'fees' in action);
            assert.ok(leaving.length <= 1);
            const [left] = leaving;
            if (left === undefined) return;
            const offered = feesOf([left]);
            if (offered) signed.push(offered);
            assert.ok(signed.length <= 1);
            now = sent(now, left, seen.head.number, answersGiven[round] ?? 'unknown');
          }
          assert.fail('it goes on');
        }),
        { numRuns: 1000 },
      );
    });

    /** The record after the manager acted. */
    function sent(before: TransactionRecord, action: Action, at: bigint, answer: BroadcastOutcome): TransactionRecord {
      const [first, ...rest] = before.versions;
      const after = { ...before, filler: action.do === 'fill' || before.filler, sent: { block: at, at: 0 } };
      const offered = feesOf([action]);
      if (offered) return { ...after, versions: [first, ...rest, version({ fees: offered, block: at, answer })] };
      const mark = (each: Version): Version =>
        'version' in action && action.version === each ? { ...each, answer } : each;
      return { ...after, versions: [mark(first), ...rest.map(mark)] };
    }
  });
});
