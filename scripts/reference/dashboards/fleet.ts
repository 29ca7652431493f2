import type { Dashboard } from './grafana.ts';

export const fleet: Dashboard = {
  name: 'fleet',
  title: 'fleet',
  about: 'Whether transfers move, and which signer holds them up.',
  panels: [
    {
      title: 'Quorum margin',
      kind: 'number',
      about: 'Signers that answer and are in sync, less the threshold. Below 0 nothing moves.',
      queries: [{ expr: 'pegway:quorum_margin{bridge="$bridge"}', legend: '{{direction}}' }],
      limits: { orange: 2, red: 1 },
    },
    {
      title: 'Open transfers',
      kind: 'number',
      about: 'Final at their source and not executed.',
      queries: [{ expr: 'max by (direction) (pegway_pending_transfers{bridge="$bridge"})', legend: '{{direction}}' }],
    },
    {
      title: 'Oldest open transfer',
      kind: 'number',
      about: 'Since it was proven final; without those that are parked or refused by their token.',
      unit: 's',
      queries: [
        { expr: 'max by (direction) (pegway_oldest_pending_seconds{bridge="$bridge"})', legend: '{{direction}}' },
      ],
      limits: { orange: 60, red: 300 },
    },
    {
      title: 'Relayers that are ready',
      kind: 'number',
      about: 'Those without a fault of their own, of those that are scraped.',
      queries: [
        { expr: 'sum(pegway_ready{bridge="$bridge"})', legend: 'ready' },
        { expr: 'count(up{job="pegway",bridge="$bridge"})', legend: 'scraped' },
      ],
    },
    {
      title: 'Silence of each signer',
      kind: 'line',
      about: 'Since when no relayer has had an answer of it. Asked every 10 s; SignerSilent at 25 s.',
      unit: 's',
      queries: [{ expr: 'pegway:signer_silent_seconds{bridge="$bridge"}', legend: '{{signer}}' }],
    },
    {
      title: 'Transfers executed',
      kind: 'line',
      about: 'In final blocks, by any signer.',
      unit: 'ops',
      queries: [{ expr: 'pegway:transfers_executed:rate5m{bridge="$bridge"}', legend: '{{direction}}' }],
    },
    {
      title: 'Time from final to executed',
      kind: 'line',
      about: 'Of 95 in 100 transfers, up to the final block that executed them.',
      unit: 's',
      queries: [
        { expr: 'pegway:transfer_seconds:p95_10m{bridge="$bridge",stage="executed"}', legend: '{{direction}}' },
      ],
    },
    {
      title: 'What open transfers wait for',
      kind: 'line',
      about: 'By reason code; empty while none waits.',
      queries: [
        {
          expr: 'max by (direction, reason) (pegway_waiting_transfers{bridge="$bridge"})',
          legend: '{{direction}}: {{reason}}',
        },
      ],
    },
    {
      title: 'Blocks behind the foremost relayer',
      kind: 'line',
      about: 'A relayer that falls behind has a problem with its nodes.',
      queries: [
        {
          expr: 'scalar(max(pegway_chain_scanned_block{bridge="$bridge",chain="main"})) - pegway_chain_scanned_block{bridge="$bridge",chain="main"}',
          legend: '{{instance}} main',
        },
        {
          expr: 'scalar(max(pegway_chain_scanned_block{bridge="$bridge",chain="product"})) - pegway_chain_scanned_block{bridge="$bridge",chain="product"}',
          legend: '{{instance}} product',
        },
      ],
    },
    {
      title: 'Signatures',
      kind: 'line',
      about: 'Valid ones, own and received. Who signs least often is slow or far away.',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (signer) (rate(pegway_signatures_total{bridge="$bridge"}[$__rate_interval]))',
          legend: '{{signer}}',
        },
      ],
    },
    {
      title: 'Alerts',
      kind: 'table',
      about: 'Those that fire; docs/operations.md has a runbook for each.',
      queries: [{ expr: 'ALERTS{bridge="$bridge",alertstate="firing"}', legend: '' }],
    },
    {
      title: 'Problems',
      kind: 'table',
      about: 'What each relayer says is wrong, by the part that noticed it and reason code.',
      queries: [{ expr: 'pegway_problems{bridge="$bridge"}', legend: '' }],
    },
    {
      title: 'Versions',
      kind: 'table',
      about: 'What runs where, and the address it signs with.',
      queries: [{ expr: 'pegway_build_info{bridge="$bridge"}', legend: '' }],
    },
    {
      title: 'Memory',
      kind: 'line',
      about: 'Of each relayer’s process.',
      unit: 'bytes',
      queries: [{ expr: 'process_resident_memory_bytes{bridge="$bridge"}', legend: '{{instance}}' }],
    },
  ],
};
