import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SignerReport } from '../../../relayer/monitoring/peer-tracker.ts';
import { createPeerTracker } from '../../../relayer/monitoring/peer-tracker.ts';
import { type BridgeMetricsSources, collectBridgeMetrics } from '../../../relayer/monitoring/metrics-collector.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import type { BridgePair } from '../../../relayer/state/bridges.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { keys, lane, transferOf } from '../support.ts';

const signers = keys.map(({ address }) => address);

function measuring(changes: Partial<BridgeMetricsSources> = {}) {
  const metrics = createMetrics();
  const ledger = createLedger(lane);
  const ledgers = new Map([[laneKey(lane), ledger]]);
  const state = { signers, threshold: 4 };
  const options: BridgeMetricsSources = {
    metrics,
    bridges: { destination: () => state, state: () => state } as unknown as BridgePair,
    ledgers,
    watches: { main: { head: { number: 7n, timestamp: 70n } }, product: { head: undefined } },
    peerTracker: createPeerTracker(signers[0] ?? '0x'),
    obstacle: () => undefined,
    isPaused: () => false,
    latestBlock: () => undefined,
    now: () => 100,
    ...changes,
  };
  const value = async (name: string, labels: Record<string, string>) => {
    const metric = (await metrics.registry.getMetricsAsJSON()).find((one) => one.name === name);
    const found = metric?.values.find((one) =>
      Object.entries(labels).every(([key, text]) => (one.labels as Record<string, unknown>)[key] === text),
    );
    return found?.value;
  };
  return { ledger, options, value };
}

describe('the picture that is taken with each scrape', () => {
  it('tells what the open transfers wait for, and of no transfer that has ended', async () => {
    const { ledger, options, value } = measuring();
    for (const nonce of [0n, 1n, 2n]) ledger.add(transferOf(nonce), 40);
    const held = ledger.get(1n);
    assert.ok(held);
    held.hold = { reason: 'waiting-for-inclusion', until: Infinity };
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_pending_transfers', { direction: 'mint' }), 3);
    assert.equal(await value('pegway_waiting_transfers', { reason: 'waiting-for-turn' }), 2);
    assert.equal(await value('pegway_waiting_transfers', { reason: 'waiting-for-inclusion' }), 1);
    assert.equal(await value('pegway_oldest_pending_seconds', { direction: 'mint' }), 60);

    for (const nonce of [0n, 1n, 2n]) ledger.settle(nonce);
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_pending_transfers', { direction: 'mint' }), 0);
    assert.equal(await value('pegway_waiting_transfers', { reason: 'waiting-for-turn' }), undefined);
    assert.equal(await value('pegway_oldest_pending_seconds', { direction: 'mint' }), 0);
  });

  it('leaves out of the oldest what waits by rule: nobody has to hurry because of it', async () => {
    const { ledger, options, value } = measuring();
    ledger.add(transferOf(0n), 10);
    ledger.add(transferOf(1n), 80);
    const parked = ledger.get(0n);
    assert.ok(parked);
    parked.parked = true;
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_pending_transfers', { direction: 'mint' }), 2);
    assert.equal(await value('pegway_oldest_pending_seconds', { direction: 'mint' }), 20);
  });

  it('counts as parked also what no source event stands for: that one above all should be looked at', async () => {
    const { ledger, options, value } = measuring();
    ledger.add(transferOf(0n), 10);
    ledger.park(0n, true);
    ledger.park(5n, true);
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_waiting_transfers', { reason: 'parked' }), 2);
    ledger.park(0n, false);
    ledger.park(5n, false);
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_waiting_transfers', { reason: 'parked' }), undefined);
  });

  it('counts the margin of signers that answer and are in sync over the threshold', async () => {
    const { options, value } = measuring();
    const report: SignerReport = { scanned: { main: 7n, product: 7n }, stopped: [] };
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_quorum_margin', { direction: 'mint' }), undefined, 'nobody was asked yet');

    options.peerTracker.update(report, new Map(signers.slice(1, 4).map((signer) => [signer, report])));
    collectBridgeMetrics(options);
    assert.equal(await value('pegway_quorum_margin', { direction: 'mint' }), 0);
  });

  it('says that signer sets differ, by their signers or by their threshold, and not by their order', async () => {
    for (const [main, product, differ] of [
      [{ signers, threshold: 4 }, { signers: signers.toReversed(), threshold: 4 }, 0],
      [{ signers, threshold: 4 }, { signers, threshold: 5 }, 1],
      [{ signers, threshold: 4 }, { signers: signers.slice(1), threshold: 4 }, 1],
    ] as const) {
      const { options, value } = measuring({
        bridges: {
          destination: () => main,
          state: (side: string) => (side === 'main' ? main : product),
        } as unknown as BridgePair,
      });
      collectBridgeMetrics(options);
      assert.equal(await value('pegway_signer_sets_differ', {}), differ);
    }
  });
});
