import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { metricsOfBridge } from '../../../relayer/monitoring/bridge-metrics.ts';
import { forgetChain } from '../../../relayer/monitoring/chain-metrics.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';

const seriesOf = async (metrics: ReturnType<typeof createMetrics>, name: string) =>
  (await metrics.registry.getMetricsAsJSON())
    .filter((metric) => metric.name === name)
    .flatMap(({ values }) => values as readonly { readonly value: number; readonly labels: object }[])
    .map(({ value, labels }) => ({ value, ...labels }));

describe('the metrics of one of several bridges', () => {
  it('have its name, and leave the process with those of the others when it is removed', async () => {
    const metrics = createMetrics();
    const [boat, car] = [metricsOfBridge(metrics, 'boat'), metricsOfBridge(metrics, 'car')];
    boat.ready.set(1);
    car.ready.set(0);
    car.transfersSeen.inc({ direction: 'mint' }, 2);
    boat.transfersSeen.inc({ direction: 'mint' });
    car[Symbol.dispose]();
    assert.deepEqual(await seriesOf(metrics, 'pegway_ready'), [{ value: 1, bridge: 'boat' }]);
    assert.deepEqual(await seriesOf(metrics, 'pegway_transfers_seen_total'), [
      { value: 1, bridge: 'boat', direction: 'mint' },
    ]);
  });

  it('have no such label where it is the only one, and are removed alike', async () => {
    const metrics = createMetrics();
    const only = metricsOfBridge(metrics, undefined);
    only.paused.set({ chain: 'main' }, 1);
    assert.deepEqual(await seriesOf(metrics, 'pegway_paused'), [{ value: 1, chain: 'main' }]);
    only[Symbol.dispose]();
    assert.deepEqual(await seriesOf(metrics, 'pegway_paused'), []);
  });

  it('of a chain that is closed are removed, and those of the others stay', async () => {
    const metrics = createMetrics();
    for (const chain of ['boats', 'cars']) metrics.rpcEndpointSlow.set({ chain, endpoint: '0-node' }, 1);
    await forgetChain(metrics, 'boats');
    assert.deepEqual(await seriesOf(metrics, 'pegway_rpc_endpoint_slow'), [
      { value: 1, chain: 'cars', endpoint: '0-node' },
    ]);
  });
});
