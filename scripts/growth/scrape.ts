import { collectBridgeMetrics } from '../../relayer/monitoring/metrics-collector.ts';
import { createMetrics } from '../../relayer/monitoring/metrics.ts';
import type { BridgePair } from '../../relayer/state/bridges.ts';
import { createPeerTracker } from '../../relayer/monitoring/peer-tracker.ts';
import type { Ledger } from '../../relayer/state/ledger.ts';
import { addressOf, head } from './simulated.ts';

/** Prepares the work of a metrics scrape. */
export function scrape(bridges: BridgePair, ledgers: ReadonlyMap<string, Ledger>): () => Promise<string> {
  const metrics = createMetrics();
  const watches = { main: { head }, product: { head } };
  for (const peg of bridges.state('main').pegs.keys()) metrics.auditOk.set({ peg }, 1);
  return () => {
    collectBridgeMetrics({
      ...{ metrics, bridges, ledgers, watches, peerTracker: createPeerTracker(addressOf(0)) },
      ...{ obstacle: () => undefined, isPaused: () => false, pending: () => [], latestBlock: () => head },
      now: () => 1,
    });
    return metrics.registry.metrics();
  };
}
