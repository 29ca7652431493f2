import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { type Address, toFunctionSelector } from 'viem';

import type { BridgeEvent } from '../../../relayer/chain/events.ts';
import type { Head } from '../../../relayer/chain/finality.ts';
import { createBlockProcessor } from '../../../relayer/pipeline/block-processor.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createLedgers } from '../../../relayer/state/ledgers.ts';
import { openBridgePair } from '../../../relayer/state/bridges.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { head, simulateChains } from '../../../scripts/growth/simulated.ts';
import { logOf } from '../support.ts';

/** A finalized head `blocks` after the first, in one history. */
const after = (blocks: number): Head => ({
  ...head,
  number: head.number + BigInt(blocks),
  hash: `0x${blocks}`,
  parentHash: `0x${blocks - 1}`,
});

describe('the block processor', () => {
  it('recovers all lanes at the same heads, or none', async () => {
    const withheld = new Error('withheld');
    let failures = 1;
    const { chains, pegs } = simulateChains(2, 0);
    const [first, second] = pegs;
    assert.ok(first !== undefined && second !== undefined);
    const { nodes } = chains.product;
    // One lane's bitmap read fails once, after the other lane was read.
    const agree: typeof nodes.agree = async (method, params, ...rest) => {
      const { data } = params[0] as { data: string };
      const isBitmap = data.startsWith(toFunctionSelector('executedWords(address,uint64,uint64)'));
      if (isBitmap && data.includes(second.slice(2).toLowerCase()) && failures-- > 0) throw withheld;
      return nodes.agree(method, params, ...rest);
    };
    const product = { ...chains.product, nodes: { ...nodes, agree } };
    const bridges = await openBridgePair({ main: chains.main, product }, () => 0);
    const ledgers = createLedgers();
    const blocks = createBlockProcessor({
      ...{ bridges, ledgers },
      auditor: { departed: () => undefined, executed: () => undefined, parked: () => undefined },
      metrics: createMetrics(),
      log: { info: () => undefined, warn: () => undefined },
      onProcessed: () => Promise.resolve(),
      now: () => 0,
    });
    const lanes = pegs.map((productToken): Lane => ({ direction: 'mint', productToken }));
    await assert.rejects(blocks.recover(lanes), withheld);
    await setImmediate();
    assert.deepEqual([ledgers.all.size, ledgers.heads()], [0, undefined]);
    await blocks.recover(lanes);
    assert.equal(ledgers.all.size, 2);
  });

  it('reports no heads for its ledgers until a partly applied block is applied completely', async () => {
    const { chains, pegs } = simulateChains(1, 0);
    const [productToken] = pegs;
    assert.ok(productToken !== undefined);
    const lane: Lane = { direction: 'mint', productToken };
    let at = after(0);
    const executed: BridgeEvent = {
      ...{ side: 'product', kind: 'executed', productToken, firstNonce: 0n, mask: 1n, signerMask: 15, digest: '0x00' },
      ...{ blockNumber: after(2).number, transactionHash: '0x01', log: logOf() },
    };
    const product = {
      ...chains.product,
      finalHead: () => Promise.resolve(at),
      headerAt: (number: bigint) => Promise.resolve(after(Number(number - head.number))),
      events: () => Promise.resolve([executed]),
    };
    const bridges = await openBridgePair({ main: chains.main, product }, () => 0);
    let failures = 1;
    const ledgers = createLedgers();
    const blocks = createBlockProcessor({
      ...{ bridges, ledgers },
      auditor: { departed: () => undefined, executed: () => undefined, parked: () => undefined },
      metrics: createMetrics(),
      log: { info: () => undefined, warn: () => undefined },
      onProcessed: () => (failures-- > 0 ? Promise.reject(new Error('a fault')) : Promise.resolve()),
      now: () => 0,
    });
    await blocks.recover([lane]);
    assert.ok(ledgers.heads());

    at = after(2);
    await assert.rejects(blocks.advance('product', at), /a fault/);
    assert.equal(ledgers.heads(), undefined);
    // One node does not answer, and a lagging one counts.
    at = after(1);
    assert.equal(await blocks.advance('product', at), 0);
    assert.equal(ledgers.heads(), undefined, 'the ledger contains events above this head');
    at = after(2);
    assert.equal(await blocks.advance('product', at), 2);
    assert.equal(ledgers.heads()?.product.number, after(2).number);
  });

  describe('while the other chain goes on', () => {
    const quiet = { departed: () => undefined, executed: () => undefined, parked: () => undefined };
    const finalHead = () => Promise.resolve(after(0));
    /** An event of the first product block. */
    const parked = (productToken: Address): BridgeEvent => ({
      ...{ side: 'product', kind: 'parked', productToken, nonce: 3n },
      ...{ blockNumber: after(1).number, transactionHash: '0x01', log: logOf() },
    });
    const changed: BridgeEvent = {
      ...{ side: 'main', kind: 'changed', name: 'PegOpened', blockNumber: after(1).number, transactionHash: '0x02' },
      log: logOf(),
    };

    it('misses no event of a lane that appears in the middle of a block', async () => {
      let shown: readonly Address[] = [];
      const { chains, pegs } = simulateChains(1, 0, { pegs: () => shown });
      const lane: Lane = { direction: 'mint', productToken: pegs[0] ?? '0x' };
      const main = { ...chains.main, finalHead, events: () => Promise.resolve([changed]) };
      const product = { ...chains.product, finalHead, events: () => Promise.resolve([parked(lane.productToken)]) };
      const bridges = await openBridgePair({ main, product }, () => 0);
      const ledgers = createLedgers();
      const applied = Promise.withResolvers<undefined>();
      const rest = Promise.withResolvers<undefined>();
      const blocks = createBlockProcessor({
        ...{ bridges, ledgers, auditor: quiet, metrics: createMetrics(), now: () => 0 },
        log: { info: () => undefined, warn: () => undefined },
        onProcessed(side) {
          if (side === 'main') return Promise.resolve();
          applied.resolve(undefined);
          return rest.promise;
        },
      });
      await blocks.recover([]);

      // The nodes of the product chain do not show the peg yet, and its block is not complete.
      const advancing = blocks.advance('product', after(1));
      await applied.promise;
      shown = pegs;
      await blocks.advance('main', after(1));
      assert.deepEqual(ledgers.of(lane)?.ahead(), [3n]);
      rest.resolve(undefined);
      await advancing;
      assert.deepEqual(ledgers.of(lane)?.ahead(), [3n]);
    });

    it('keeps the ledger of a new lane that both chains recover at once', async () => {
      let shown: readonly Address[] = [];
      const { chains, pegs } = simulateChains(1, 0, { pegs: () => shown });
      const lane: Lane = { direction: 'mint', productToken: pegs[0] ?? '0x' };
      const main = { ...chains.main, finalHead, events: () => Promise.resolve([changed]) };
      const product = { ...chains.product, finalHead, events: () => Promise.resolve([parked(lane.productToken)]) };
      const bridges = await openBridgePair({ main, product }, () => 0);
      const ledgers = createLedgers();
      const blocks = createBlockProcessor({
        ...{ bridges, ledgers, auditor: quiet, metrics: createMetrics(), now: () => 0 },
        log: { info: () => undefined, warn: () => undefined },
        onProcessed: () => Promise.resolve(),
      });
      await blocks.recover([]);
      shown = pegs;
      await Promise.all([blocks.advance('main', after(1)), blocks.advance('product', after(1))]);
      assert.deepEqual(ledgers.of(lane)?.ahead(), [3n]);
    });

    it('rebuilds a ledger, although blocks are processed meanwhile', async () => {
      const reading = Promise.withResolvers<undefined>();
      const rest = Promise.withResolvers<undefined>();
      let emitted = 0n;
      const { chains, pegs } = simulateChains(1, 0, {
        outboundNonce: () => emitted,
        // Nonce 0 departed and was executed, and the nodes withheld both events.
        executedWords: ([, , count]) => [emitted, ...Array<bigint>(Number(count) - 1).fill(0n)],
      });
      const lane: Lane = { direction: 'mint', productToken: pegs[0] ?? '0x' };
      const { nodes } = chains.product;
      const agree: typeof nodes.agree = async (method, params, ...others) => {
        const { data } = params[0] as { data: string };
        if (emitted > 0n && data.startsWith(toFunctionSelector('executedWords(address,uint64,uint64)'))) {
          reading.resolve(undefined);
          await rest.promise;
        }
        return nodes.agree(method, params, ...others);
      };
      const events = () => Promise.resolve([parked(lane.productToken)]);
      const product = { ...chains.product, finalHead, nodes: { ...nodes, agree }, events };
      const bridges = await openBridgePair({ main: chains.main, product }, () => 0);
      const ledgers = createLedgers();
      const blocks = createBlockProcessor({
        ...{ bridges, ledgers, auditor: quiet, metrics: createMetrics(), now: () => 0 },
        log: { info: () => undefined, warn: () => undefined },
        onProcessed: () => Promise.resolve(),
      });
      await blocks.recover([lane]);
      const ledger = ledgers.of(lane);
      assert.ok(ledger !== undefined);
      assert.equal(ledger.nextNonce, 0n);

      emitted = 1n;
      const repairing = blocks.repair(ledger);
      await reading.promise;
      await blocks.advance('product', after(1));
      rest.resolve(undefined);
      await repairing;
      assert.equal(ledgers.of(lane)?.nextNonce, 1n);
      assert.deepEqual(ledgers.of(lane)?.ahead(), [3n]);
    });
  });
});
