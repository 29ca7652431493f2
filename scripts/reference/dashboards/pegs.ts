import type { Dashboard } from './grafana.ts';

export const pegs: Dashboard = {
  name: 'pegs',
  title: 'pegs and supply',
  about: 'Locked amounts, supplies, and their consistency. Amounts in base units of their token.',
  panels: [
    {
      title: 'Pegs with a clean audit',
      kind: 'number',
      about: 'Lowest count of any relayer, and the number of pegs.',
      queries: [
        { expr: 'min(sum by (instance) (pegway_audit_ok{bridge="$bridge"}))', legend: 'clean' },
        { expr: 'count(count by (peg) (pegway_audit_ok{bridge="$bridge"}))', legend: 'pegs' },
      ],
    },
    {
      title: 'Oldest audit',
      kind: 'number',
      about: 'Time since the last complete audit, of the peg and relayer for which it is longest.',
      unit: 's',
      queries: [
        {
          expr: 'time() - min(pegway_audit_last_completed_timestamp_seconds{bridge="$bridge"})',
          legend: 'age',
        },
      ],
      limits: { orange: 120, red: 300 },
    },
    {
      title: 'Largest gap',
      kind: 'number',
      about: 'Error of rule 1 in product base units, of any peg at any relayer. 0 also while transfers are in flight.',
      queries: [{ expr: 'max(abs(pegway_peg_gap{bridge="$bridge"}))', legend: 'gap' }],
      limits: { orange: 1, red: 1 },
    },
    {
      title: 'Paused',
      kind: 'number',
      about: '1 while the bridge is paused.',
      queries: [{ expr: 'max by (chain) (pegway_paused{bridge="$bridge"})', legend: '{{chain}}' }],
      limits: { orange: 1, red: 1 },
    },
    {
      title: 'Parked transfers',
      kind: 'number',
      about: 'Over the outflow limit, waiting on chain.',
      queries: [
        { expr: 'max(pegway_waiting_transfers{bridge="$bridge",reason="parked"}) or vector(0)', legend: 'parked' },
      ],
      limits: { orange: 1, red: 1 },
    },
    {
      title: 'Locked',
      kind: 'line',
      about: 'Collateral of each peg, in main base units.',
      queries: [{ expr: 'pegway:peg_locked{bridge="$bridge"}', legend: '{{peg}}' }],
    },
    {
      title: 'Supply',
      kind: 'line',
      about: 'Supply of each product token, in its base units.',
      queries: [{ expr: 'pegway:peg_supply{bridge="$bridge"}', legend: '{{peg}}' }],
    },
    {
      title: 'Outflow of ten minutes',
      kind: 'line',
      about: 'Net outflow as a share of the initial balance; and three times the maximum of the previous week.',
      unit: 'percentunit',
      queries: [
        { expr: 'pegway:peg_outflow:ratio10m{bridge="$bridge"}', legend: '{{peg}}' },
        { expr: '3 * pegway:peg_outflow:p99_7d{bridge="$bridge"}', legend: '{{peg}} alarm' },
      ],
    },
    {
      title: 'Gap',
      kind: 'line',
      about: 'As computed by each relayer.',
      queries: [{ expr: 'pegway_peg_gap{bridge="$bridge"}', legend: '{{instance}} {{peg}}' }],
    },
    {
      title: 'Transfers seen and executed',
      kind: 'line',
      about: 'Diverging lines of a direction are a growing backlog.',
      unit: 'ops',
      queries: [
        {
          expr: 'quantile by (direction) (0.5, rate(pegway_transfers_seen_total{bridge="$bridge"}[5m]))',
          legend: '{{direction}} seen',
        },
        { expr: 'pegway:transfers_executed:rate5m{bridge="$bridge"}', legend: '{{direction}} executed' },
      ],
    },
    {
      title: 'Signers and threshold',
      kind: 'line',
      about: 'Of both bridges; they differ only during a rotation.',
      queries: [
        { expr: 'max by (chain) (pegway_signers{bridge="$bridge"})', legend: '{{chain}} signers' },
        { expr: 'max by (chain) (pegway_threshold{bridge="$bridge"})', legend: '{{chain}} threshold' },
      ],
    },
  ],
};
