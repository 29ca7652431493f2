import type { Dashboard } from './grafana.ts';

export const chains: Dashboard = {
  name: 'chains',
  title: 'chains and nodes',
  about: 'Whether the chains move and the nodes agree.',
  panels: [
    {
      title: 'Final block',
      kind: 'number',
      about: 'The highest that any relayer has.',
      unit: 'none',
      queries: [
        { expr: 'max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="finalized"})', legend: '{{chain}}' },
      ],
    },
    {
      title: 'Newest block',
      kind: 'number',
      about: 'At rest it is asked for every 15 s only.',
      unit: 'none',
      queries: [
        { expr: 'max by (chain) (pegway_chain_head_block{bridge="$bridge",tag="latest"})', legend: '{{chain}}' },
      ],
    },
    {
      title: 'Relayers with a stale head',
      kind: 'number',
      about: 'Whose final block has not moved for staleSeconds.',
      queries: [{ expr: 'sum by (chain) (pegway_chain_stale{bridge="$bridge"})', legend: '{{chain}}' }],
      limits: { orange: 1, red: 2 },
    },
    {
      title: 'Disagreements, last hour',
      kind: 'number',
      about: 'Times that too few nodes said the same.',
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
      about: 'A line at 0 is a chain that stands.',
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
      about: 'Newest less final block.',
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
      about: 'Up to which final block.',
      unit: 'none',
      queries: [{ expr: 'pegway_chain_scanned_block{bridge="$bridge"}', legend: '{{instance}} {{chain}}' }],
    },
    {
      title: 'Disagreements',
      kind: 'line',
      about: 'By relayer: one alone has a bad node, all of them a bad chain.',
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
      about: 'What the relayers ask of each endpoint.',
      unit: 'reqps',
      queries: [
        {
          expr: 'sum by (instance, chain, endpoint) (rate(pegway_rpc_requests_total{bridge="$bridge"}[$__rate_interval]))',
          legend: '{{instance}} {{chain}} {{endpoint}}',
        },
      ],
    },
    {
      title: 'Requests that failed, by node',
      kind: 'line',
      about: 'As a part of all to that endpoint.',
      unit: 'percentunit',
      queries: [{ expr: 'pegway:rpc_errors:ratio5m{bridge="$bridge"}', legend: '{{instance}} {{chain}} {{endpoint}}' }],
    },
    {
      title: 'Requests by method',
      kind: 'line',
      about: 'Of all relayers.',
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
      about: 'Of all relayers and endpoints together; what a provider bills.',
      queries: [
        {
          expr: 'sum by (chain) (rate(pegway_rpc_requests_total{bridge="$bridge"}[10m])) / max by (chain) (deriv(pegway_chain_head_block{bridge="$bridge",tag="finalized"}[10m]))',
          legend: '{{chain}}',
        },
      ],
    },
  ],
};
