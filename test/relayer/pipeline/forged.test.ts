import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Head } from '../../../relayer/chain/finality.ts';
import { createAuditor } from '../../../relayer/audit/auditor.ts';
import { CLOCK_MARGIN } from '../../../relayer/audit/execution-check.ts';
import { parkedDue } from '../../../relayer/pipeline/due-releases.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { isLedgerConsistent } from '../../../relayer/pipeline/ledger-consistency.ts';
import { type Lane, type Side, laneKey } from '../../../protocol/lane.ts';
import { AMOUNT, addressOf, atHeads, head, simulateChains, transferOf } from '../../../scripts/growth/simulated.ts';

/** A bridge with one peg and always matching sums; `contract` holds the values that a test can change. */
async function bridge() {
  const contract = {
    signerEpoch: 1n,
    emitted: 0n,
    parkedNonces: [] as bigint[],
    parked: { recipient: addressOf(0), amount: 0n, releasableAt: 0, position: 0n },
  };
  const simulated = simulateChains(1, 0, {
    signerEpoch: () => contract.signerEpoch,
    outboundNonce: () => contract.emitted,
    parkedCount: () => BigInt(contract.parkedNonces.length),
    parkedNonces: ([, offset, limit]) => contract.parkedNonces.slice(Number(offset), Number(offset) + Number(limit)),
    parked: () => contract.parked,
    totalSupply: () => 0n,
  });
  const [productToken] = simulated.pegs;
  assert.ok(productToken !== undefined);
  const heads: Record<Side, Head> = { main: head, product: head };
  const bridges = await openBridgePair(simulated.chains, () => 0);
  const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
  const lane: Lane = { direction: 'mint', productToken };
  const ledger = ledgers.get(laneKey(lane));
  assert.ok(ledger !== undefined);
  const auditor = createAuditor({
    ...{ bridges, ledger: (one: Lane) => ledgers.get(laneKey(one)), atHeads: (take) => Promise.resolve(take(heads)) },
    sleep: () => Promise.resolve(),
  });
  const errors = async () => (await auditor.check([productToken])).flatMap((finding) => finding.errors);
  const pass = (side: Side, seconds: bigint) => {
    heads[side] = { ...heads[side], timestamp: heads[side].timestamp + seconds };
  };
  /** A transfer departs, and the bridge holds its main tokens. */
  const depart = (index: number) => {
    const transfer = transferOf(lane, index);
    ledger.add(transfer, 0);
    auditor.departed(transfer);
    contract.emitted = transfer.nonce + 1n;
    return transfer;
  };
  return { contract, chains: simulated.chains, bridges, heads, lane, ledger, auditor, errors, pass, depart };
}

describe('a nonce that the source has not emitted', () => {
  it('is reported once the source is past its time, also by a relayer started afterwards', async () => {
    for (const happen of ['executed', 'parked'] as const) {
      const { contract, ledger, errors, pass } = await bridge();
      // In the state that recovery builds from the bitmap and the parked records.
      ledger.reset(0n, [], new Set(happen === 'parked' ? [5n] : []), 0, happen === 'executed' ? [5n] : []);
      assert.deepEqual(await errors(), []);
      pass('main', CLOCK_MARGIN);
      assert.deepEqual(await errors(), [], 'the source may lag by this much');
      pass('main', 1n);
      assert.match((await errors()).join(), /no source event: nonce 5/);

      contract.emitted = 6n;
      assert.deepEqual(await errors(), [], 'the source has the nonce; nodes withhold its event');
    }
  });

  it('is timed from its first observation, whatever later blocks the destination has', async () => {
    const { ledger, errors, pass } = await bridge();
    ledger.settle(0n);
    assert.deepEqual(await errors(), []);
    pass('product', 10_000n);
    pass('main', CLOCK_MARGIN + 1n);
    assert.match((await errors()).join(), /no source event: nonce 0/);
  });

  it('is no longer reported after it was voided', async () => {
    const { ledger, errors, pass } = await bridge();
    ledger.park(3n, true);
    await errors();
    pass('main', CLOCK_MARGIN + 1n);
    assert.equal((await errors()).length, 1);
    ledger.park(3n, false);
    assert.deepEqual(await errors(), []);
  });
});

describe('a parked transfer', () => {
  const parked = async () => {
    const all = await bridge();
    const transfer = all.depart(0);
    all.ledger.park(0n, true);
    // The deposit is locked and not minted: the sums do not cover parked content.
    const right = { recipient: transfer.recipient, amount: transfer.amount, releasableAt: 1_000, position: 0n };
    const wrong = async () => (await all.errors()).filter((error) => !error.includes('equation'));
    return { ...all, right, wrong };
  };

  it('is reported when recipient or amount differ from its source event', async () => {
    for (const other of [{ recipient: addressOf(7) }, { amount: AMOUNT + 1n }]) {
      const { contract, right, wrong } = await parked();
      contract.parked = { ...right, ...other };
      assert.match((await wrong()).join(), /parked with content that differs .*: nonce 0/);
    }
  });

  it('is checked again when parked again after a void', async () => {
    const { contract, right, wrong, auditor, lane } = await parked();
    contract.parked = right;
    assert.deepEqual(await wrong(), []);
    contract.parked = { ...right, recipient: addressOf(7) };
    auditor.parked(lane, 0n);
    assert.match((await wrong()).join(), /parked with content that differs/);
  });

  it('is due after its delay, and only if it matches its source event', async () => {
    const { contract, right, chains, ledger } = await parked();
    contract.parked = right;
    const due = (timestamp: bigint) => parkedDue(chains.product, ledger, { ...head, timestamp });
    assert.deepEqual(await due(999n), []);
    assert.deepEqual(await due(1_000n), [{ nonce: 0n, since: 1_000n }]);
    contract.parked = { ...right, recipient: addressOf(7) };
    assert.deepEqual(await due(1_000n), []);
  });

  it('makes the ledger inconsistent when only one of bridge and ledger has it', async () => {
    const { contract, bridges, ledger, heads } = await parked();
    assert.equal(await isLedgerConsistent(bridges, ledger, heads), false);
    contract.parkedNonces = [0n];
    assert.equal(await isLedgerConsistent(bridges, ledger, heads), true);
    contract.parkedNonces = [0n, 4n];
    assert.equal(await isLedgerConsistent(bridges, ledger, heads), false);
  });
});

describe('an execution from a past epoch', () => {
  it('is accepted with a digest of any past epoch, and reported with one of none', async () => {
    for (const [epoch, expected] of [
      [1n, 0],
      [11n, 1],
    ] as const) {
      const { contract, auditor, bridges, ledger, depart, errors, pass, lane } = await bridge();
      // As after several voids of parked transfers in one block.
      contract.signerEpoch = 10n;
      await bridges.refresh('product');
      const transfer = depart(0);
      ledger.settle(0n);
      const { digest } = stateBatch(bridges.pair, epoch, [transfer]);
      auditor.executed({
        ...{ lane, firstNonce: 0n, mask: 1n, digest, transactionHash: '0x01', timestamp: head.timestamp },
      });
      pass('main', CLOCK_MARGIN + 1n);
      const found = (await errors()).filter((error) => error.includes('content that differs'));
      assert.equal(found.length, expected);
    }
  });
});

describe('executions from a relayer’s downtime', () => {
  it('are checked like others, a limited number per audit', async () => {
    const { auditor, ledger, depart, errors, pass, lane } = await bridge();
    for (let index = 0; index < 40; index++) {
      const { nonce } = depart(index);
      ledger.settle(nonce);
      auditor.missed({
        ...{
          lane,
          firstNonce: nonce,
          mask: 1n,
          digest: '0x00',
          transactionHash: `0x${index}`,
          timestamp: head.timestamp,
        },
      });
    }
    pass('main', CLOCK_MARGIN + 1n);
    const found = async () => (await errors()).filter((error) => error.includes('content that differs')).length;
    assert.equal(await found(), 32);
    assert.equal(await found(), 40);
  });
});

describe('a peg whose token does not exist yet', () => {
  it('counts with a supply of zero, and prevents no audit', async () => {
    const { chains, pegs } = simulateChains(2, 0, { totalSupply: () => 1n });
    const [first, second] = pegs;
    assert.ok(first !== undefined && second !== undefined);
    const { nodes } = chains.product;
    const agree: typeof nodes.agree = (method, params, ...rest) =>
      (params[0] as { to: string }).to === second
        ? Promise.resolve('0x' as never)
        : nodes.agree(method, params, ...rest);
    const bridges = await openBridgePair(chains, () => 0);
    const product = { ...chains.product, nodes: { ...nodes, agree } };
    const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
    const auditor = createAuditor({
      bridges: { ...bridges, sides: { main: chains.main, product } },
      ledger: (lane) => ledgers.get(laneKey(lane)),
      atHeads,
      sleep: () => Promise.resolve(),
    });
    const found = await auditor.check(pegs);
    assert.deepEqual(
      found.map(({ productToken, errors }) => [productToken, errors.length]),
      [
        [first, 1],
        [second, 0],
      ],
    );
  });
});
