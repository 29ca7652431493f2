// Generates docs/metrics.md from the metric declarations and the Prometheus rules that use them.
import { readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { createMetrics } from '../../relayer/monitoring/metrics.ts';
import { code, table } from './markdown.ts';

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Possible values of each label, which bound the number of series. */
const labels: Readonly<Record<string, string>> = {
  bridge: 'name of the bridge in a process of several; absent in a configuration of one, and for the process itself',
  chain: '`main`, `product`; in a process of several bridges, the name of the chain where the metric is of the process',
  direction: '`mint`, `withdraw`',
  tag: '`latest`, `finalized`',
  peg: 'address of the product token',
  signer: 'address of a current signer',
  endpoint: 'a node: its index in `rpcUrls` and its host, never its path, which may hold a key',
  method: 'JSON-RPC method; 15 are used',
  outcome:
    'requests: `ok`, `error`, …; transactions: the class of a node’s answer, `mined`, …; signatures: `ok`, `error`; webhooks: `delivered`, `failed`',
  reason: 'reason code of [reasons.ts](../protocol/reasons.ts)',
  caller: '`peer`, `stranger`',
  code: 'reason code',
  part: 'source of the problem: a chain, a bridge, a key, a lane, a loop, an audit',
  token: 'address of a main token',
  loop: '`watch-main`, `watch-product`, `sweep`, `vitals`, `rewards`, `configuration`, `shards`, `webhook-NAME`',
  stage: '`signed`, `submitted`, `mined` (each by this relayer), `executed` (by any)',
  use: '`attest`, `pay`',
  shard: 'address of a paying account, at most 64',
  queue: '`lanes`, `batches`',
  state: 'jobs: `waiting`, `active`, `delayed`, `failed`; periods: `computed`, `published`',
  webhook: 'name of a webhook in the configuration',
  version: 'Pegway version',
  address: 'attesting address of the relayer',
  name: '`name` of the signer in `peers`',
  contact: '`contact` of the signer in `peers`',
  symbol: 'symbol of the product token, at most 16 characters',
};

const rulesOf = (file: string): readonly Rule[] =>
  (parse(readFileSync(`ops/prometheus/rules/${file}`, 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
    ({ rules }) => rules,
  );

export function metricsPage(): string {
  const metrics = createMetrics().registry.getMetricsAsArray() as unknown as {
    readonly name: string;
    readonly help: string;
    readonly labelNames: readonly string[];
    readonly constructor: { readonly name: string };
  }[];
  const used = new Set(metrics.flatMap(({ labelNames }) => labelNames));
  const unexplained = [...used].filter((label) => labels[label] === undefined);
  if (unexplained.length > 0)
    throw new Error(`scripts/reference/metrics.ts does not explain ${unexplained.join(', ')}`);

  return `<!-- Made by npm run docs from relayer/monitoring/metrics.ts and ops/prometheus/rules. Do not edit. -->
# Metrics

Served on the private port at \`/metrics\`, in the order of a transfer’s journey; base units, with the unit in the name. No label identifies a transfer, so the number of series does not grow with transfers.

${table(
  ['metric', 'is a', 'labels', 'meaning'],
  metrics.map((metric) => [
    code(metric.name),
    metric.constructor.name.toLowerCase(),
    metric.labelNames
      .filter((label) => label !== 'le')
      .map(code)
      .join(' '),
    metric.help,
  ]),
)}

${table(
  ['label', 'values'],
  Object.entries(labels)
    .filter(([label]) => used.has(label))
    .map(([label, values]) => [code(label), values]),
)}

Gauges of transfers, margins, heads and health are updated at each scrape; peers and keys are checked every 10 s, funds every 30 s, pegs after each block that changes them and at each sweep.

## Recording rules

${table(
  ['name', 'is'],
  rulesOf('recording.yml').map(({ record = '', expr }) => [code(record), code(expr.trim())]),
)}

## Alerts

Labels \`bridge\` and \`instance\` come from the [scrape configuration](../ops/prometheus/prometheus.yml).

${table(
  ['alert', 'severity', 'fires after', 'when'],
  rulesOf('alerts.yml').map(({ alert = '', expr, for: duration = '', labels: own, annotations }) => [
    `[${alert}](operations.md#${(annotations?.['runbook_url'] ?? '').split('#')[1]})`,
    own?.['severity'] ?? '',
    duration,
    code(expr.trim()),
  ]),
)}
`;
}
