import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { dashboards } from '../../../scripts/reference/dashboards/all.ts';
import { ONE } from '../../support/devnet.ts';
import { eventually } from '../../support/wait.ts';
import type { OpsNet } from '../support/net.ts';

/** Metrics without series in normal operation. */
const emptyMetrics = new Set([
  ...['pegway_problems', 'pegway_waiting_transfers', 'pegway_transfers_rejected_total'],
  // No period is over, and no price is configured.
  ...['pegway_rewards_period', 'pegway_rewards_earned', 'pegway_fee_price'],
  // The bridge has no exits.
  ...['pegway_exit_opens_timestamp_seconds', 'pegway_exit_snapshot_missing'],
  // Nobody edits the configuration, which has neither webhooks nor names of peers.
  ...['pegway_config_reload_timestamp_seconds', 'pegway_signer_info'],
  ...['pegway_webhook_deliveries_total', 'pegway_webhook_pending', 'pegway_webhook_dead_letters'],
  ...['pegway_webhook_oldest_seconds', 'pegway_webhook_disabled'],
  // Each signer has one process, and signs nothing twice.
  ...['pegway_shard_held', 'pegway_shard_unheld', 'pegway_equivocations'],
]);

/** Panels that are empty in normal operation, or on a bridge that is minutes old. */
const emptyPanels = new Map([
  ['Wait reasons of open transfers', 'none waits'],
  ['Alerts', 'none fires'],
  ['Problems', 'there are none'],
  ['Refused statements', 'none was'],
  ['Outflow of ten minutes', 'needs ten minutes of history'],
  ['Balance of the week', 'needs configured prices'],
  ['Costs and fees of the week in one currency', 'needs configured prices'],
  ['Last period', 'needs a week with fees'],
  ['Earned', 'needs a week with fees'],
  ...[
    'Disabled',
    'Waiting',
    'Dead letters',
    'Oldest waiting',
    'Attempts',
    'Time of a delivery',
    'Waiting over time',
  ].map((title) => [title, 'needs a webhook'] as const),
]);

/** Metrics that a Prometheus scrapes from the six relayers in normal operation. */
export function scraped(net: () => OpsNet): void {
  /** One deposit and one redeem. */
  const travel = async () => {
    await net().arrives(await net().deposit());
    await net().arrives(await net().redeem(ONE));
  };
  const isNumber = ({ value }: { value: number }) => !Number.isNaN(value);
  const missingPanels = async () => {
    const missing: string[] = [];
    for (const { name, panels } of dashboards) {
      for (const { title, queries } of panels) {
        for (const { expr, legend } of queries) {
          const query = expr
            .replaceAll('$bridge', 'devnet')
            .replaceAll('$instance', 'signer-0')
            .replaceAll('$__rate_interval', '1m');
          const samples = (await net().prometheus.query(query)).filter(isNumber);
          const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
          if (emptyPanels.has(title)) continue;
          if (samples.length === 0 || labels.some((label) => samples.some(({ metric }) => metric[label] === undefined)))
            missing.push(`${name}: ${title}: ${query}`);
        }
      }
    }
    return missing;
  };

  describe('what it scrapes', () => {
    it('is what promtool finds nothing to say against, at every relayer', async () => {
      for (const { metricsUrl } of net().devnet.members) {
        const input = await (await fetch(metricsUrl)).text();
        const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
        assert.deepEqual({ status, said: stdout + stderr }, { status: 0, said: '' });
      }
    });

    it('gets a series of every metric from every relayer', async () => {
      await travel();
      const names = createMetrics().registry.getMetricsAsArray() as unknown as { name: string; buckets?: unknown }[];
      // A signer that has not led a batch yet has sent nothing, so these need not exist at all six.
      const ofSenders = /batch_size|transactions_total|signing_seconds|transfer_seconds/;
      for (const { name, buckets } of names) {
        if (emptyMetrics.has(name)) continue;
        const series = buckets === undefined ? name : `${name}_count`;
        const relayers = ofSenders.test(name) ? 1 : 6;
        await eventually(
          `${series} of ${relayers} relayers`,
          async () =>
            (await net().prometheus.query(`count by (instance) (${series}{bridge="devnet"})`)).length >= relayers,
        );
      }
    });

    it('finds data for every panel of every dashboard, but those that are rightly empty', async () => {
      let missing: string[] = ['not looked yet'];
      for (let round = 0; round < 12 && missing.length > 0; round++) {
        await travel();
        missing = await missingPanels();
      }
      assert.deepEqual(missing, []);
    });

    it('gets at most 200 kB from a relayer, and no more series from more transfers', async () => {
      const all = 'sum(scrape_samples_scraped{bridge="devnet"}) and on () sum(up{bridge="devnet"}) == 6';
      const samples = () =>
        eventually('a scrape of all six', async () => (await net().prometheus.query(all))[0]?.value);
      const before = await samples();
      await net().depositMany(30);
      await eventually('30 more transfers are executed', async () => {
        const open = await net().prometheus.query('max(pegway_pending_transfers{bridge="devnet"})');
        const seen = await net().prometheus.query(
          'min(pegway_transfers_executed_total{bridge="devnet",direction="mint"})',
        );
        return open[0]?.value === 0 && (seen[0]?.value ?? 0) >= 30;
      });
      // New label values can only be reasons, methods and outcomes, all of which are bounded.
      const after = await samples();
      assert.ok(after - before < 60, `${before} series before, ${after} after`);
      for (const { metricsUrl } of net().devnet.members) {
        const text = await (await fetch(metricsUrl)).text();
        assert.ok(text.length <= 200_000, `${text.length} bytes`);
      }
    });
  });
}
