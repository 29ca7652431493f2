import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

import { parse } from 'yaml';

import { type AlertingRule, alertRules, headingsOf, secondsOf } from './support/rules.ts';

interface RuleTest {
  readonly name: string;
  readonly promql_expr_test: readonly { eval_time: string; exp_samples: readonly unknown[] }[];
}

const promtool = async (...args: readonly string[]) => (await promisify(execFile)('promtool', args)).stdout;
const files = globSync('ops/prometheus/tests/*.yml');
const tests = files.flatMap((file) => (parse(readFileSync(file, 'utf8')) as { tests: RuleTest[] }).tests);

describe('Prometheus', () => {
  it('takes the scrape configuration with all its rules', async () => {
    assert.match(await promtool('check', 'config', 'ops/prometheus/prometheus.yml'), /2 rule files found/);
  });

  for (const file of ['ops/prometheus/prometheus.yml', 'ops/docker/prometheus.yml']) {
    it(`has in ${file} the URL of the documentation, to which alerts link`, () => {
      const { global } = parse(readFileSync(file, 'utf8')) as { global: { external_labels: { docs: string } } };
      assert.equal(new URL(global.external_labels.docs).protocol, 'https:');
      assert.ok(!global.external_labels.docs.endsWith('/'));
    });
  }

  it('finds in the rules what their tests say', async () => {
    await Promise.all(files.map((file) => promtool('test', 'rules', file)));
  });

  it('scrapes and evaluates often enough for 30 s', () => {
    const { global } = parse(readFileSync('ops/prometheus/prometheus.yml', 'utf8')) as {
      global: { scrape_interval: string; evaluation_interval: string };
    };
    // A relayer detects a silent peer 25 s after its last response, without a scrape; everything else is scraped.
    assert.ok(secondsOf(global.scrape_interval) + secondsOf(global.evaluation_interval) <= 30);
    assert.ok(25 + secondsOf(global.evaluation_interval) <= 30);
  });
});

describe('the alert', () => {
  for (const { alert, for: duration, labels, annotations } of alertRules() satisfies readonly AlertingRule[]) {
    describe(alert, () => {
      const own = tests.filter(({ name }) => name.startsWith(`${alert} `));

      it('is seen to fire within its `for` and 30 s of what is wrong, which begins at ten minutes', () => {
        const at = own
          .filter(({ name }) => name.startsWith(`${alert} fires when`))
          .flatMap((test) => test.promql_expr_test)
          .filter(({ exp_samples }) => exp_samples.length > 0)
          .map(({ eval_time }) => secondsOf(eval_time) - 600 - secondsOf(duration));
        assert.ok(
          at.some((late) => late <= 30),
          at.join(),
        );
      });

      it('is seen to stay silent where something like it is in order', { skip: labels['severity'] === 'none' }, () => {
        const silent = own.filter(({ name }) => name.startsWith(`${alert} stays silent when`));
        assert.ok(silent.length > 0);
        assert.ok(silent.every((test) => test.promql_expr_test.every(({ exp_samples }) => exp_samples.length === 0)));
      });

      it('has a severity, and a runbook that exists', () => {
        assert.match(labels['severity'] ?? '', /^(none|warning|critical)$/);
        const [page = '', heading = ''] = (annotations['runbook_url'] ?? '').split('#');
        assert.equal(page, '{{ $externalLabels.docs }}/operations');
        assert.equal(heading, alert.toLowerCase());
        assert.ok(headingsOf('docs/operations.md').includes(heading), `docs/operations.md has no heading ${alert}`);
      });
    });
  }
});
