import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { call } from '../../relayer/cli/devnet/anvil.ts';
import { createMetrics } from '../../relayer/metrics.ts';
import { dashboards } from '../../scripts/reference/dashboards/all.ts';
import { type TestNet, ONE, startTestNet } from '../support/devnet.ts';
import { eventually } from '../support/wait.ts';
import { type Prometheus, prometheusAt } from './prometheus.ts';

/** Metrics that have no series while all is well. */
const emptyMetrics = new Set(['pegway_problems', 'pegway_waiting_transfers', 'pegway_transfers_rejected_total']);

/** Panels that show nothing while all is well, or on a bridge that is minutes old. */
const emptyPanels = new Map([
  ['What open transfers wait for', 'none waits'],
  ['Alerts', 'none fires'],
  ['Problems', 'there are none'],
  ['Questions refused', 'none was'],
  ['Outflow of ten minutes', 'needs ten minutes of history'],
]);

describe('a Prometheus that scrapes the devnet', () => {
  let net: TestNet;
  let prometheus: Prometheus;

  before(async () => {
    net = await startTestNet({ prometheus: true });
    prometheus = prometheusAt(net.devnet.file.prometheusUrl ?? '');
  });
  after(() => net.stop());

  const instance = 'signer-5';
  const address = () => net.devnet.members[5]?.address ?? '';
  /** One deposit and one redeem. */
  const travel = async () => {
    await net.arrives(await net.deposit());
    await net.arrives(await net.redeem(ONE));
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
          const samples = (await prometheus.query(query)).filter(isNumber);
          const labels = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
          if (emptyPanels.has(title)) continue;
          if (samples.length === 0 || labels.some((label) => samples.some(({ metric }) => metric[label] === undefined)))
            missing.push(`${name}: ${title}: ${query}`);
        }
      }
    }
    return missing;
  };

  it('gets a series of every metric from every relayer', async () => {
    await travel();
    const names = createMetrics().registry.getMetricsAsArray() as unknown as { name: string; buckets?: unknown }[];
    // Who has not led a batch yet has sent nothing: these need not come from all six.
    const ofSenders = /batch_size|transactions_total|signing_seconds|transfer_seconds/;
    for (const { name, buckets } of names) {
      if (emptyMetrics.has(name)) continue;
      const series = buckets === undefined ? name : `${name}_count`;
      const relayers = ofSenders.test(name) ? 1 : 6;
      await eventually(
        `${series} of ${relayers} relayers`,
        async () => (await prometheus.query(`count by (instance) (${series}{bridge="devnet"})`)).length >= relayers,
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
    const samples = async () =>
      (await prometheus.query('sum(scrape_samples_scraped{bridge="devnet"})'))[0]?.value ?? NaN;
    const before = await samples();
    await net.depositMany(30);
    await eventually('30 more transfers are executed', async () => {
      const open = await prometheus.query('max(pegway_pending_transfers{bridge="devnet"})');
      const seen = await prometheus.query('min(pegway_transfers_executed_total{bridge="devnet",direction="mint"})');
      return open[0]?.value === 0 && (seen[0]?.value ?? 0) >= 30;
    });
    // What can be new are reasons, methods and outcomes, of which there is a fixed number.
    assert.ok((await samples()) - before < 60, `${before} series before, ${await samples()} after`);
    for (const { metricsUrl } of net.devnet.members) {
      const text = await (await fetch(metricsUrl)).text();
      assert.ok(text.length <= 200_000, `${text.length} bytes`);
    }
  });

  it('is told that a signer without funds is not ready, and that it is again', async () => {
    const { rpcUrl } = net.devnet.file.main;
    const ready = async (value: number) =>
      (await prometheus.query(`pegway_ready{instance="${instance}"}`))[0]?.value === value;
    await call(rpcUrl, 'anvil_setBalance', address(), '0x0');
    await eventually('not ready', () => ready(0), 90);
    const problems = await prometheus.query(`pegway_problems{instance="${instance}",code="low-funds"}`);
    assert.equal(problems[0]?.metric['part'], 'main funds');
    await call(rpcUrl, 'anvil_setBalance', address(), `0x${(1_000n * ONE).toString(16)}`);
    await eventually('ready', () => ready(1), 90);
  });

  it('fires when a signer is killed, and resolves when it is back', async () => {
    const labels = { signer: address() };
    await prometheus.isSilent('SignerSilent', labels, 5);
    await net.kill(5);
    await prometheus.fires('SignerSilent', labels, 150);
    await prometheus.fires('RelayerDown', { instance }, 60);
    await prometheus.fires('QuorumMarginLow', { direction: 'mint' }, 90);

    await net.restart(5);
    await prometheus.isSilent('SignerSilent', labels, 60);
    await prometheus.isSilent('RelayerDown', { instance }, 60);
    await prometheus.isSilent('QuorumMarginLow', { direction: 'mint' }, 60);
  });
});
