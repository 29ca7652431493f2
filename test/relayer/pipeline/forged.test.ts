import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Head } from '../../../relayer/chain/finality.ts';
import { createAuditor } from '../../../relayer/audit/auditor.ts';
import { CLOCK_MARGIN } from '../../../relayer/audit/execution-check.ts';
import { parkedDue } from '../../../relayer/pipeline/due-releases.ts';
import { openBridges } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { isWhole } from '../../../relayer/pipeline/ledger-consistency.ts';
import { type Lane, type Side, laneKey } from '../../../protocol/lane.ts';
import { AMOUNT, addressOf, head, simulateChains, transferOf } from '../../../scripts/growth/simulated.ts';

/** A bridge of one peg whose sums are right, whatever else is not; and what it says where a test changes that. */
async function bridge() {
  const says = {
    signerEpoch: 1n,
    emitted: 0n,
    parkedNonces: [] as bigint[],
    parked: { recipient: addressOf(0), amount: 0n, releasableAt: 0, position: 0n },
  };
  const simulated = simulateChains(1, 0, {
    signerEpoch: () => says.signerEpoch,
    outboundNonce: () => says.emitted,
    parkedNonces: () => says.parkedNonces,
    parked: () => says.parked,
    totalSupply: () => 0n,
  });
  const [productToken] = simulated.pegs;
  assert.ok(productToken !== undefined);
  const heads: Record<Side, Head> = { main: head, product: head };
  const bridges = await openBridges(simulated.chains, () => 0);
  const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
  const lane: Lane = { direction: 'mint', productToken };
  const ledger = ledgers.get(laneKey(lane));
  assert.ok(ledger !== undefined);
  const auditor = createAuditor({
    ...{ bridges, ledger: (one: Lane) => ledgers.get(laneKey(one)), heads: () => heads },
    sleep: () => Promise.resolve(),
  });
  const errors = async () => (await auditor.check([productToken])).flatMap((finding) => finding.errors);
  const pass = (side: Side, seconds: bigint) => {
    heads[side] = { ...heads[side], timestamp: heads[side].timestamp + seconds };
  };
  /** It departs, and its main tokens are with the bridge. */
  const depart = (index: number) => {
    const transfer = transferOf(lane, index);
    ledger.add(transfer, 0);
    auditor.departed(transfer);
    says.emitted = transfer.nonce + 1n;
    return transfer;
  };
  return { says, chains: simulated.chains, bridges, heads, lane, ledger, auditor, errors, pass, depart };
}

describe('what the destination has and no source event stands for', () => {
  it('is found when the source is past its time, also by a relayer that did not see it happen', async () => {
    for (const happen of ['executed', 'parked'] as const) {
      const { says, ledger, errors, pass } = await bridge();
      // As recovery finds it in the bitmap, or among the parked.
      ledger.reset(0n, [], new Set(happen === 'parked' ? [5n] : []), 0, happen === 'executed' ? [5n] : []);
      assert.deepEqual(await errors(), []);
      pass('main', CLOCK_MARGIN);
      assert.deepEqual(await errors(), [], 'the source may be behind by as much');
      pass('main', 1n);
      assert.match((await errors()).join(), /no source event: nonce 5/);

      says.emitted = 6n;
      assert.deepEqual(await errors(), [], 'the source has it after all; nodes withhold the event');
    }
  });

  it('is timed by when it was first seen: later blocks of the destination give it no more time', async () => {
    const { ledger, errors, pass } = await bridge();
    ledger.settle(0n);
    assert.deepEqual(await errors(), []);
    pass('product', 10_000n);
    pass('main', CLOCK_MARGIN + 1n);
    assert.match((await errors()).join(), /no source event: nonce 0/);
  });

  it('is forgotten when it was taken back', async () => {
    const { ledger, errors, pass } = await bridge();
    ledger.park(3n, true);
    await errors();
    pass('main', CLOCK_MARGIN + 1n);
    assert.equal((await errors()).length, 1);
    ledger.park(3n, false);
    assert.deepEqual(await errors(), []);
  });
});

describe('what is parked', () => {
  const parked = async () => {
    const all = await bridge();
    const transfer = all.depart(0);
    all.ledger.park(0n, true);
    // The deposit is locked and not minted: the sums have no say in what is parked.
    const right = { recipient: transfer.recipient, amount: transfer.amount, releasableAt: 1_000, position: 0n };
    const wrong = async () => (await all.errors()).filter((error) => !error.includes('equation'));
    return { ...all, right, wrong };
  };

  it('with another recipient or amount than departed is found', async () => {
    for (const other of [{ recipient: addressOf(7) }, { amount: AMOUNT + 1n }]) {
      const { says, right, wrong } = await parked();
      says.parked = { ...right, ...other };
      assert.match((await wrong()).join(), /parked with content that differs .*: nonce 0/);
    }
  });

  it('again, after it was taken back, is looked at again', async () => {
    const { says, right, wrong, auditor, lane } = await parked();
    says.parked = right;
    assert.deepEqual(await wrong(), []);
    says.parked = { ...right, recipient: addressOf(7) };
    auditor.parked(lane, 0n);
    assert.match((await wrong()).join(), /parked with content that differs/);
  });

  it('is released when its time has come, and only as it departed', async () => {
    const { says, right, chains, ledger } = await parked();
    says.parked = right;
    assert.deepEqual(await parkedDue(chains.product, ledger, 999n), []);
    assert.deepEqual(await parkedDue(chains.product, ledger, 1_000n), [{ nonce: 0n, since: 1_000n }]);
    says.parked = { ...right, recipient: addressOf(7) };
    assert.deepEqual(await parkedDue(chains.product, ledger, 1_000n), []);
  });

  it('and is not in the ledger, or the other way round, means that an event was withheld', async () => {
    const { says, bridges, ledger, heads } = await parked();
    assert.equal(await isWhole(bridges, ledger, heads), false);
    says.parkedNonces = [0n];
    assert.equal(await isWhole(bridges, ledger, heads), true);
    says.parkedNonces = [0n, 4n];
    assert.equal(await isWhole(bridges, ledger, heads), false);
  });
});

describe('an execution of an epoch long past', () => {
  it('is right when its digest is of that epoch, and wrong when it is of none', async () => {
    for (const [epoch, expected] of [
      [1n, 0],
      [11n, 1],
    ] as const) {
      const { says, auditor, bridges, ledger, depart, errors, pass, lane } = await bridge();
      // As when several parked transfers are voided in one block.
      says.signerEpoch = 10n;
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

describe('executions from while a relayer did not run', () => {
  it('are judged like others, some with each audit', async () => {
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

describe('a peg whose token is not there yet', () => {
  it('is left for later, and the others are audited', async () => {
    const { chains, pegs } = simulateChains(2, 0, { totalSupply: () => 1n });
    const [first, second] = pegs;
    assert.ok(first !== undefined && second !== undefined);
    const { nodes } = chains.product;
    const agree: typeof nodes.agree = (method, params, ...rest) =>
      (params[0] as { to: string }).to === second
        ? Promise.resolve('0x' as never)
        : nodes.agree(method, params, ...rest);
    const bridges = await openBridges(chains, () => 0);
    const product = { ...chains.product, nodes: { ...nodes, agree } };
    const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
    const auditor = createAuditor({
      bridges: { ...bridges, sides: { main: chains.main, product } },
      ledger: (lane) => ledgers.get(laneKey(lane)),
      heads: () => ({ main: head, product: head }),
      sleep: () => Promise.resolve(),
    });
    const found = await auditor.check(pegs);
    assert.deepEqual(
      found.map(({ productToken, errors }) => [productToken, errors.length]),
      [[first, 1]],
    );
  });
});
