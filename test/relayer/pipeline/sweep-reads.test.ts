import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Lane } from '../../../protocol/lane.ts';
import { contentOf, isConsistent, isLedgerConsistent } from '../../../relayer/pipeline/ledger-consistency.ts';
import { parkedDue } from '../../../relayer/pipeline/due-releases.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { head, simulateChains, transferOf } from '../../../scripts/growth/simulated.ts';

/** A lane, and the contract's answers and calls of two of its views. */
async function startLane(next: number) {
  const words: [bigint, bigint][] = [];
  const records: bigint[] = [];
  const executed = new Set<bigint>();
  const parked: bigint[] = [];
  const { chains, pegs, requests } = simulateChains(1, 0, {
    outboundNonce: () => BigInt(next),
    executedWords: ([, first, count]) => {
      words.push([first as bigint, count as bigint]);
      return Array.from({ length: Number(count) }, (_, index) => {
        const word = (first as bigint) + BigInt(index);
        const bits = [...executed].filter((nonce) => nonce / 256n === word).map((nonce) => 1n << (nonce % 256n));
        return bits.reduce((all, bit) => all | bit, 0n);
      });
    },
    parkedCount: () => BigInt(parked.length),
    parkedNonces: ([, offset, limit]) => parked.slice(Number(offset), Number(offset) + Number(limit)),
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
  return {
    chains,
    bridges,
    lane,
    ledger,
    executed,
    parked,
    requests,
    words: () => taken(words),
    records: () => taken(records),
  };
}

describe('a sweep of a lane with 100 million past transfers', () => {
  const NEXT = 100_000_000;

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

    open(99_999_998, 99_999_999);
    assert.equal(await check(), true);
    assert.deepEqual(words(), [[390_624n, 1n]]);

    // One that stays open, such as a transfer that every signer rejects, costs its own word.
    open(5, 99_999_998);
    assert.equal(await check(), true);
    assert.deepEqual(words(), [
      [0n, 1n],
      [390_624n, 1n],
    ]);

    open();
    assert.equal(await check(), true);
    assert.deepEqual(words(), []);

    open(5, 99_999_998);
    executed.add(99_999_998n);
    assert.equal(await check(), false);
  });

  it('costs the same with a long list of parked transfers', async () => {
    const { bridges, lane, ledger, parked, requests } = await startLane(NEXT);
    /** Requests of a sweep with this many parked transfers, the lane's last ones. */
    const cost = async (count: number): Promise<number> => {
      const transfers = Array.from({ length: count }, (_, index) => transferOf(lane, NEXT - count + index));
      parked.splice(0, parked.length, ...transfers.map(({ nonce }) => nonce));
      ledger.reset(BigInt(NEXT), transfers, new Set(parked), 0);
      requests();
      assert.equal(await isConsistent(bridges, contentOf(ledger), { main: head, product: head }, 7n), true);
      return requests();
    };
    assert.equal(await cost(5_000), await cost(1));
  });

  it('finds a parked transfer in place of another within as many sweeps as the list has pages', async () => {
    const { bridges, lane, ledger, parked } = await startLane(NEXT);
    const transfers = Array.from({ length: 5_000 }, (_, index) => transferOf(lane, NEXT - 5_000 + index));
    parked.push(...transfers.map(({ nonce }) => nonce));
    ledger.reset(BigInt(NEXT), transfers, new Set(parked), 0);
    // A release and another transfer's parking were both withheld.
    parked[4_321] = 17n;
    const sweeps = [0n, 1n, 2n, 3n, 4n].map((turn) =>
      isConsistent(bridges, contentOf(ledger), { main: head, product: head }, turn),
    );
    assert.deepEqual(await Promise.all(sweeps), [true, true, true, true, false]);
    assert.equal(await isLedgerConsistent(bridges, ledger, { main: head, product: head }), false);

    parked.pop();
    assert.equal(await isConsistent(bridges, contentOf(ledger), { main: head, product: head }, 0n), false);
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
