import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, numberToHex } from 'viem';

import { PegwayError } from '../../../protocol/errors.ts';
import { type Lane, type Side, laneKey, sides } from '../../../protocol/lane.ts';
import { createAuditor } from '../../../relayer/audit/auditor.ts';
import type { ChainClient } from '../../../relayer/chain/chain-client.ts';
import type { Head } from '../../../relayer/chain/finality.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { createLedgers } from '../../../relayer/state/ledgers.ts';
import { AMOUNT, head, simulateChains, transferOf } from '../../../scripts/growth/simulated.ts';

const blockOf = (side: Side, count: number): Head => ({
  ...head,
  number: head.number + BigInt(count),
  hash: numberToHex(count * 2 + (side === 'main' ? 0 : 1), { size: 32 }),
});

interface Request {
  readonly side: Side;
  readonly block: unknown;
}

/** One peg with one open deposit. `onRequest` runs before each answer of a node. */
async function audited(onRequest: (request: Request) => void = () => undefined) {
  const simulated = simulateChains(1, 0, {
    locked: () => AMOUNT,
    balanceOf: () => AMOUNT,
    totalSupply: () => 0n,
    outboundNonce: () => 1n,
  });
  const [productToken] = simulated.pegs;
  assert.ok(productToken !== undefined);
  const observed = (side: Side): ChainClient => {
    const { nodes } = simulated.chains[side];
    const agree: typeof nodes.agree = async (method, params, ...rest) => {
      onRequest({ side, block: params[1] });
      await new Promise((resolve) => setImmediate(resolve));
      return nodes.agree(method, params, ...rest);
    };
    return { ...simulated.chains[side], nodes: { ...nodes, agree } };
  };
  const bridges = await openBridgePair(simulated.chains, () => 0);
  const ledgers = createLedgers();
  for (const lane of bridges.lanes()) ledgers.all.set(laneKey(lane), createLedger(lane));
  const lane: Lane = { direction: 'mint', productToken };
  const ledger = ledgers.of(lane);
  assert.ok(ledger !== undefined);
  ledger.add(transferOf(lane, 0), 0);
  for (const side of sides) ledgers.applied(side, blockOf(side, 0));
  const auditor = createAuditor({
    bridges: { ...bridges, sides: { main: observed('main'), product: observed('product') } },
    ...{ ledger: ledgers.of, atHeads: ledgers.atHeads, sleep: () => Promise.resolve() },
  });
  const check = async () => {
    const [finding, ...others] = await auditor.check([productToken]);
    assert.ok(finding !== undefined && others.length === 0);
    return finding;
  };
  return { ledgers, ledger, lane, check };
}

describe('the readings of an audit', () => {
  it('are of the block hashes that the ledgers reflected, however fast the chains are', async () => {
    const requests: Request[] = [];
    let blocks = 0;
    const { ledgers, ledger, lane, check } = await audited((request) => {
      requests.push(request);
      // A block of each chain for every request, and a transfer in it.
      blocks++;
      for (const side of sides) {
        ledgers.applying(side);
        if (side === 'main') ledger.add(transferOf(lane, blocks), 0);
        ledgers.applied(side, blockOf(side, blocks));
      }
    });
    const { gap, errors, incomplete } = await check();
    assert.deepEqual({ gap, errors, incomplete }, { gap: 0n, errors: [], incomplete: undefined });
    assert.ok(blocks > 3);
    for (const side of sides) {
      const hashes = new Set(requests.filter((one) => one.side === side).map(({ block }) => JSON.stringify(block)));
      assert.deepEqual([...hashes], [JSON.stringify({ blockHash: blockOf(side, 0).hash })]);
    }
  });

  it('begin when a block that is being applied is complete', async () => {
    const { ledgers, ledger, lane, check } = await audited();
    ledgers.applying('product');
    ledger.settle(0n);
    const found = check();
    await new Promise((resolve) => setImmediate(resolve));
    // The deposit was minted, but the bridge of this test has a supply of zero.
    ledger.reset(1n, [transferOf(lane, 0)], new Set(), 0);
    ledgers.applied('product', blockOf('product', 1));
    assert.equal((await found).gap, 0n);
  });
});

describe('an audit', () => {
  it('is incomplete, not clean, when the nodes lack the state of the block', async () => {
    const pruned = new PegwayError('missing trie node', { code: 'rpc-unreachable' });
    const { check } = await audited(() => {
      throw pruned;
    });
    const { errors, incomplete, gap } = await check();
    assert.deepEqual({ errors, incomplete, gap }, { errors: [], incomplete: pruned, gap: undefined });
  });

  it('is incomplete, not clean, while one chain is observed ahead of the other', async () => {
    const { ledger, check } = await audited();
    ledger.settle(7n);
    const { errors, incomplete } = await check();
    assert.deepEqual(errors, []);
    assert.match(String(incomplete), /one chain is observed ahead/);
  });

  it('is incomplete, not clean, while a wrong sum may come from an event that nodes withhold', async () => {
    const { ledger, check } = await audited();
    // The open deposit is missing here, and the source has emitted it.
    ledger.reset(0n, [], new Set(), 0);
    const { errors, incomplete, gap } = await check();
    assert.deepEqual({ errors, gap }, { errors: [], gap: undefined });
    assert.match(String(incomplete), /withhold events/);
  });

  it('of one main token that cannot be read leaves the pegs of others audited', async () => {
    const other: Address = `0x${'77'.repeat(20)}`;
    const simulated = simulateChains(2, 0, { totalSupply: () => 0n });
    const [first, second] = simulated.pegs;
    assert.ok(first !== undefined && second !== undefined);
    const { nodes } = simulated.chains.main;
    const agree: typeof nodes.agree = (method, params, ...rest) =>
      (params[0] as { to: Hex }).to === other
        ? Promise.reject(new PegwayError('the token reverts', { code: 'rpc-unreachable' }))
        : nodes.agree(method, params, ...rest);
    const bridges = await openBridgePair(simulated.chains, () => 0);
    const pegs = bridges.allPegs().map((peg) => (peg.productToken === second ? { ...peg, mainToken: other } : peg));
    const ledgers = new Map(bridges.lanes().map((lane) => [laneKey(lane), createLedger(lane)]));
    const auditor = createAuditor({
      bridges: {
        ...{ ...bridges, allPegs: () => pegs },
        sides: { ...bridges.sides, main: { ...simulated.chains.main, nodes: { ...nodes, agree } } },
        pegs: (token) => ({ mainPeg: pegs.find((peg) => peg.productToken === token), productPeg: undefined }),
      },
      ledger: (lane) => ledgers.get(laneKey(lane)),
      atHeads: (take) => Promise.resolve(take({ main: head, product: head })),
      sleep: () => Promise.resolve(),
    });
    const found = new Map((await auditor.check([first, second])).map((one) => [one.productToken, one]));
    assert.equal(found.get(first)?.incomplete, undefined);
    assert.match(String(found.get(second)?.incomplete), /the token reverts/);
  });
});
