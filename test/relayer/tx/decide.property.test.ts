import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import {
  type BroadcastOutcome,
  broadcastOutcomeNames,
  broadcastOutcomes,
} from '../../../relayer/tx/broadcast-errors.ts';
import { type Action, decide, wantsHigherFees } from '../../../relayer/tx/decide.ts';
import { minimumRaise } from '../../../relayer/tx/fees.ts';
import type { Fees, TransactionRecord, Version } from '../../../relayer/tx/records.ts';
import { block, feesOf, record, version, view } from './support/records.ts';
import { gwei } from './support/world.ts';

describe('deciding about a transaction in any state', () => {
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
