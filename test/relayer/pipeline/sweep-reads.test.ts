import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Lane } from '../../../protocol/lane.ts';
import { isLedgerConsistent } from '../../../relayer/pipeline/ledger-consistency.ts';
import { parkedDue } from '../../../relayer/pipeline/due-releases.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { head, simulateChains, transferOf } from '../../../scripts/growth/simulated.ts';

/** A lane, and the contract's answers and calls of two of its views. */
async function startLane(next: number) {
  const words: [bigint, bigint][] = [];
  const records: bigint[] = [];
  const executed = new Set<bigint>();
  const { chains, pegs } = simulateChains(1, 0, {
    outboundNonce: () => BigInt(next),
    executedWords: ([, first, count]) => {
      words.push([first as bigint, count as bigint]);
      return Array.from({ length: Number(count) }, (_, index) => {
        const word = (first as bigint) + BigInt(index);
        const bits = [...executed].filter((nonce) => nonce / 256n === word).map((nonce) => 1n << (nonce % 256n));
        return bits.reduce((all, bit) => all | bit, 0n);
      });
    },
    parked: ([, nonce]) => {
      records.push(nonce as bigint);
      const { recipient, amount } = transferOf(lane, Number(nonce));
      return { recipient, amount, releasableAt: 1_000 + Number(nonce), position: 0n };
    },
  });
  const bridges = await openBridgePair(chains, () => 0);
  const lane: Lane = { direction: 'mint', productToken: pegs[0] ?? '0x' };
  const ledger = createLedger(lane);
  const taken = <T>(list: T[]) => list.splice(0);
  return { chains, bridges, lane, ledger, executed, words: () => taken(words), records: () => taken(records) };
}

describe('a sweep of a lane with a million past transfers', () => {
  const NEXT = 1_000_000;

  it('reads only the words of the bitmap that hold open transfers', async () => {
    const { bridges, lane, ledger, words, executed } = await startLane(NEXT);
    const check = () => isLedgerConsistent(bridges, ledger, { main: head, product: head });
    const open = (...nonces: number[]) =>
      ledger.reset(
        BigInt(NEXT),
        nonces.map((nonce) => transferOf(lane, nonce)),
        new Set(),
        0,
      );

    open(999_998, 999_999);
    assert.equal(await check(), true);
    assert.deepEqual(words(), [[3_906n, 1n]]);

    // One that stays open, such as a transfer that every signer rejects, costs its own word.
    open(5, 999_998);
    assert.equal(await check(), true);
    assert.deepEqual(words(), [
      [0n, 1n],
      [3_906n, 1n],
    ]);

    open();
    assert.equal(await check(), true);
    assert.deepEqual(words(), []);

    open(5, 999_998);
    executed.add(999_998n);
    assert.equal(await check(), false);
  });

  it('reads a parked transfer once, and again when it is due or parked again', async () => {
    const { chains, lane, ledger, records } = await startLane(50);
    const transfers = Array.from({ length: 50 }, (_, index) => transferOf(lane, index));
    ledger.reset(50n, transfers, new Set(transfers.map(({ nonce }) => nonce)), 0);
    const sweep = async (timestamp: bigint) =>
      (await parkedDue(chains.product, ledger, { ...head, timestamp })).map(({ nonce }) => nonce);

    assert.deepEqual(await sweep(999n), []);
    assert.equal(records().length, 50);
    assert.deepEqual(await sweep(999n), []);
    assert.deepEqual(records(), []);

    assert.deepEqual(await sweep(1_001n), [0n, 1n]);
    assert.deepEqual(records(), [0n, 1n]);

    ledger.park(30n, false);
    ledger.park(30n, true);
    assert.deepEqual(await sweep(999n), []);
    assert.deepEqual(records(), [30n]);
  });
});
