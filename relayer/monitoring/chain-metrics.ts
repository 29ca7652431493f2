import type { Gauge } from 'prom-client';

import type { Metrics } from './metrics.ts';

/** Gauges of the process that have a series for each chain or node. */
const perChain = [
  'rpcEndpointSlow',
  'transactionsPending',
  'transactionsHeld',
  'transactionOldest',
  'accountBalance',
  'accountTransfersLeft',
] as const satisfies readonly (keyof Metrics)[];

/** Removes the gauges of a chain that the process no longer follows: their last values would be taken for current ones. */
export async function forgetChain(metrics: Metrics, chain: string): Promise<void> {
  for (const name of perChain) {
    const gauge = metrics[name] as Gauge;
    const { values } = await gauge.get();
    for (const { labels } of values) if (labels['chain'] === chain) gauge.remove(labels);
  }
}
