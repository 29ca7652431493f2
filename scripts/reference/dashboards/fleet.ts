import type { Dashboard } from './grafana.ts';

export const fleet: Dashboard = {
  name: 'fleet',
  title: 'fleet',
  about: 'Progress of transfers, and the signers that delay them.',
  panels: [
    {
      title: 'Quorum margin',
      kind: 'number',
      about: 'Signers that answer and are in sync, minus the threshold. Below 0 no transfer moves.',
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
      about: 'Time since it was proven final; excludes parked transfers and those refused by their token.',
      unit: 's',
      queries: [
        { expr: 'max by (direction) (pegway_oldest_pending_seconds{bridge="$bridge"})', legend: '{{direction}}' },
      ],
      limits: { orange: 60, red: 300 },
    },
    {
      title: 'Relayers that are ready',
      kind: 'number',
      about: 'Relayers without a fault of their own, among those scraped.',
      queries: [
        { expr: 'sum(pegway_ready{bridge="$bridge"})', legend: 'ready' },
        { expr: 'count(up{job="pegway",bridge="$bridge"})', legend: 'scraped' },
      ],
    },
    {
      title: 'Silence of each signer',
      kind: 'line',
      about: 'Time since any relayer received its last answer. Polled every 10 s; SignerSilent at 25 s.',
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
      about: '95th percentile, up to the final block with the execution.',
      unit: 's',
      queries: [
        { expr: 'pegway:transfer_seconds:p95_10m{bridge="$bridge",stage="executed"}', legend: '{{direction}}' },
      ],
    },
    {
      title: 'Wait reasons of open transfers',
      kind: 'line',
      about: 'By reason code; empty while no transfer waits.',
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
      about: 'Valid signatures, own and received. The least frequent signer is slow or far away.',
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
      about: 'Firing alerts; docs/operations.md has a runbook for each.',
      queries: [{ expr: 'ALERTS{bridge="$bridge",alertstate="firing"}', legend: '' }],
    },
    {
      title: 'Problems',
      kind: 'table',
      about: 'Problems reported by each relayer, by component and reason code.',
      queries: [{ expr: 'pegway_problems{bridge="$bridge"}', legend: '' }],
    },
    {
      title: 'Versions',
      kind: 'table',
      about: 'Version and attesting address of each relayer.',
      queries: [{ expr: 'pegway_build_info{bridge="$bridge"}', legend: '' }],
    },
    {
      title: 'Memory',
      kind: 'line',
      about: 'Memory of each relayer’s process.',
      unit: 'bytes',
      queries: [{ expr: 'process_resident_memory_bytes{bridge="$bridge"}', legend: '{{instance}}' }],
    },
  ],
};
