import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, getAddress } from 'viem';

import { createTimeSlices } from '../../../relayer/async/time-slices.ts';
import { createAuditor } from '../../../relayer/audit/auditor.ts';
import { gapOf, inFlightOf, shortTokens } from '../../../relayer/audit/balance-sheet.ts';
import { isAttested, isAttestedInSlices } from '../../../relayer/audit/execution-check.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { type Lane, laneKey, type Transfer } from '../../../protocol/lane.ts';
import { atHeads, simulateChains } from '../../../scripts/growth/simulated.ts';
import { mainToken, peg, productToken, transferOf } from '../support.ts';

const booksOf = (
  locked: bigint,
  supply: bigint,
  minting: readonly bigint[] = [],
  withdrawing: readonly bigint[] = [],
) => {
  const mint = createLedger({ direction: 'mint', productToken });
  const withdraw = createLedger({ direction: 'withdraw', productToken });
  for (const nonce of minting) mint.add(transferOf(nonce), 0);
  for (const nonce of withdrawing) {
    withdraw.add(transferOf(nonce, { lane: withdraw.lane, sourceAmount: 10n, amount: 5n }), 0);
  }
  return { books: { peg, locked, supply, feePot: 0n }, mint, withdraw };
};

/** The gap at this moment; undefined while it cannot be computed. */
const gap = ({ books, mint, withdraw }: ReturnType<typeof booksOf>, feePot = 0n): bigint | undefined => {
  const inFlight = inFlightOf(mint, withdraw);
  return inFlight === undefined ? undefined : gapOf({ ...books, feePot, inFlight });
};

describe('the balance sheet of a peg', () => {
  it('shows a gap when one base unit too many is minted, or too few are locked', () => {
    assert.equal(gap(booksOf(5n, 11n)), -1n);
    assert.equal(gap(booksOf(4n, 10n)), -2n);
  });

  it('balances with transfers open in both directions', () => {
    assert.equal(gap(booksOf(5n, 10n)), 0n);
    assert.equal(gap(booksOf(15n, 20n, [0n], [])), 0n);
    assert.equal(gap(booksOf(15n, 10n, [0n], [0n])), 0n);
  });

  it('counts the fee pot of the product side like supply', () => {
    assert.equal(gap(booksOf(6n, 10n), 2n), 0n);
    assert.equal(gap(booksOf(6n, 11n), 2n), -1n);
  });

  it('has no result while one chain is observed ahead of the other', () => {
    const executed = booksOf(5n, 20n);
    executed.mint.settle(0n);
    assert.equal(gap(executed), undefined);
    const parked = booksOf(5n, 10n);
    parked.mint.park(0n, true);
    assert.equal(gap(parked), undefined);
    parked.mint.park(0n, false);
    assert.equal(gap(parked), 0n);
  });

  it('reports a main token whose balance is below the locked amounts and fee pots of its pegs', () => {
    const other = { ...peg, mainToken: getAddress(`0x${'77'.repeat(20)}`) };
    const books = [
      { peg, locked: 5n, mainFeePot: 0n },
      { peg, locked: 5n, mainFeePot: 1n },
      { peg: other, locked: 9n, mainFeePot: 0n },
    ];
    const balances = (first: bigint) => new Map([[mainToken, first] as const, [other.mainToken, 9n] as const]);
    assert.deepEqual([...shortTokens(books, balances(10n))], [mainToken]);
    assert.deepEqual([...shortTokens(books, balances(11n))], []);
  });
});

describe('the audit of one of three pegs over one main token', () => {
  /** Each peg has 5 locked and 5 minted; the test sets balance and locked amount. */
  const audit = async () => {
    const held = { balance: 15n, locked: 5n };
    const simulated = simulateChains(3, 0, {
      balanceOf: () => held.balance,
      locked: () => held.locked,
      totalSupply: () => 5n,
    });
    const [first] = simulated.pegs;
    assert.ok(first !== undefined);
    const bridges = await openBridgePair(simulated.chains, () => 0);
    const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
    const { check } = createAuditor({
      ...{ bridges, ledger: (lane: Lane) => ledgers.get(laneKey(lane)), atHeads },
      sleep: () => Promise.resolve(),
    });
    simulated.requests();
    return { held, pegs: simulated.pegs, first, check, requests: () => simulated.requests() };
  };
  it('reports a short main token for all three pegs when one is audited', async () => {
    const { held, first, pegs, check } = await audit();
    assert.deepEqual(
      (await check([first])).flatMap(({ errors }) => errors),
      [],
    );
    held.balance = 14n;
    const found = await check([first]);
    assert.deepEqual(
      found.map(({ productToken }) => productToken),
      pegs,
    );
    for (const { errors } of found) assert.match(errors.join(), /holds less of/);
  });

  it('rereads all pegs after an error', async () => {
    const { held, pegs, first, check } = await audit();
    await check(pegs);
    // All three have paid, and only the first is audited so far.
    Object.assign(held, { balance: 12n, locked: 4n });
    const found = await check([first]);
    assert.deepEqual(
      new Set(found.map(({ productToken, errors }) => `${productToken} ${errors.join()}`)),
      new Set(pegs.map((one) => `${one} the equation is wrong by -1 product base units`)),
    );
  });

  it('sends no request for the other two once their locked amounts are cached', async () => {
    const { pegs, first, check, requests } = await audit();
    await check([first]);
    assert.equal(requests(), 9);
    await check([first]);
    assert.equal(requests(), 5);
    await check(pegs);
    assert.equal(requests(), 13);
  });
});

describe('an execution', () => {
  /** Replaces the digest: the identifiers of the covered transfers. */
  const digests = (transfers: readonly Transfer[]): Hex[] => [
    `0x${transfers.map(({ lane, nonce, amount }) => `${laneKey(lane)}${nonce}.${amount}`).join('-')}`,
  ];
  const proven = [0n, 1n, 2n, 3n].map((nonce) => transferOf(nonce));
  const attested = (count: number) => digests(proven.slice(0, count))[0] ?? '0x';

  it('is not attested when its content differs from the source events', () => {
    const [forged] = digests([transferOf(0n, { amount: 11n }), ...proven.slice(1, 2)]);
    assert.equal(isAttested({ mask: 0b11n, digest: forged ?? '0x' }, proven, digests), false);
  });

  it('is not attested for a nonce that the source has not emitted', () => {
    const [forged] = digests([...proven, transferOf(4n)]);
    assert.equal(isAttested({ mask: 0b10000n, digest: forged ?? '0x' }, proven, digests), false);
  });

  it('is attested whichever part of its batch the call executed', () => {
    assert.equal(isAttested({ mask: 0b11n, digest: attested(2) }, proven, digests), true);
    assert.equal(isAttested({ mask: 0b100n, digest: attested(4) }, proven, digests), true);
    assert.equal(isAttested({ mask: 0n, digest: attested(3) }, proven, digests), true);
  });

  it('lets other work run after each 5 ms of digests, in the longest search', async () => {
    let milliseconds = 0;
    let turns = 0;
    let searching = true;
    /** Digests computed in each turn of the event loop, of a millisecond each. */
    const slices: number[] = [0];
    const longest = Array.from({ length: 256 }, (_, nonce) => transferOf(BigInt(nonce)));
    const fourEpochs = function* (): Generator<Hex> {
      for (let epoch = 0; epoch < 4; epoch++) {
        milliseconds += 1;
        slices.push((slices.pop() ?? 0) + 1);
        yield '0x00';
      }
    };
    const turn = (): void => {
      turns++;
      slices.push(0);
      if (searching) setImmediate(turn);
    };
    setImmediate(turn);
    const nextSlice = createTimeSlices(() => milliseconds);
    assert.equal(await isAttestedInSlices({ mask: 0n, digest: '0x01' }, longest, fourEpochs, nextSlice), false);
    searching = false;
    assert.equal(
      slices.reduce((sum, count) => sum + count, 0),
      1_024,
    );
    assert.ok(Math.max(...slices) <= 5, `${Math.max(...slices)} digests in one turn, ${turns} turns`);
  });
});
