import type { Dashboard } from './grafana.ts';

export const chains: Dashboard = {
  name: 'chains',
  title: 'chains and nodes',
  about: 'Progress of the chains and agreement of the nodes.',
  panels: [
    {
      title: 'Final block',
      kind: 'number',
      about: 'Highest of all relayers.',
      unit: 'none',
      queries: [
        { expr: 'max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="finalized"})', legend: '{{chain}}' },
      ],
    },
    {
      title: 'Newest block',
      kind: 'number',
      about: 'Polled only every 15 s when idle.',
      unit: 'none',
      queries: [
        { expr: 'max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="latest"})', legend: '{{chain}}' },
      ],
    },
    {
      title: 'Relayers with a stale head',
      kind: 'number',
      about: 'Relayers without a new final block for staleSeconds.',
      queries: [{ expr: 'sum by (chain) (pegway_chain_stale{bridge="$bridge"})', legend: '{{chain}}' }],
      limits: { orange: 1, red: 2 },
    },
    {
      title: 'Disagreements, last hour',
      kind: 'number',
      about: 'Number of reads without a quorum of equal answers.',
      queries: [
        {
          expr: 'sum by (chain) (increase(pegway_rpc_disagreements_total{bridge="$bridge"}[1h]))',
          legend: '{{chain}}',
        },
      ],
      limits: { orange: 1, red: 10 },
    },
    {
      title: 'Final blocks a second',
      kind: 'line',
      about: 'A line at 0 is a halted chain.',
      queries: [
        {
          expr: 'max by (chain) (deriv(pegway_chain_head_block{bridge="$bridge",tag="finalized"}[5m]))',
          legend: '{{chain}}',
        },
      ],
    },
    {
      title: 'Blocks not yet final',
      kind: 'line',
      about: 'Newest minus final block.',
      queries: [
        {
          expr: 'max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="latest"}) - max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="finalized"})',
          legend: '{{chain}}',
        },
      ],
    },
    {
      title: 'Blocks read by each relayer',
      kind: 'line',
      about: 'Final block up to which events were processed.',
      unit: 'none',
      queries: [{ expr: 'pegway_chain_scanned_block{bridge="$bridge"}', legend: '{{instance}} {{chain}}' }],
    },
    {
      title: 'Disagreements',
      kind: 'line',
      about: 'By relayer: a single one has a faulty node, all of them a faulty chain.',
      queries: [
        {
          expr: 'increase(pegway_rpc_disagreements_total{bridge="$bridge"}[$__rate_interval])',
          legend: '{{instance}} {{chain}}',
        },
      ],
    },
    {
      title: 'Requests by node',
      kind: 'line',
      about: 'Requests of the relayers to each endpoint.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (instance, chain, endpoint) (rate(pegway_rpc_requests_total{bridge="$bridge"}[$__rate_interval]))',
          legend: '{{instance}} {{chain}} {{endpoint}}',
        },
      ],
    },
    {
      title: 'Failed requests, by node',
      kind: 'line',
      about: 'Share of all requests to that endpoint.',
      unit: 'percentunit',
      queries: [{ expr: 'pegway:rpc_errors:ratio5m{bridge="$bridge"}', legend: '{{instance}} {{chain}} {{endpoint}}' }],
    },
    {
      title: 'Requests by method',
      kind: 'line',
      about: 'Sum of all relayers.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (method, outcome) (rate(pegway_rpc_requests_total{bridge="$bridge"}[$__rate_interval]))',
          legend: '{{method}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Requests for each final block',
      kind: 'line',
      about: 'Sum of all relayers and endpoints; the figure that a provider bills.',
      queries: [
        {
          expr: 'sum by (chain) (rate(pegway_rpc_requests_total{bridge="$bridge"}[10m])) / max by (chain) (deriv(pegway_chain_head_block{bridge="$bridge",tag="finalized"}[10m]))',
          legend: '{{chain}}',
        },
      ],
    },
  ],
};
