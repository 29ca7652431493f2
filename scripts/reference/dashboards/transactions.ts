import type { Dashboard } from './grafana.ts';

export const transactions: Dashboard = {
  name: 'transactions',
  title: 'transactions',
  about: 'Transactions of the relayers, their outcomes, and the paying accounts.',
  panels: [
    {
      title: 'Pending',
      kind: 'number',
      about: 'Sent but not in a block, of all relayers.',
      queries: [{ expr: 'sum by (chain) (pegway_transactions_pending{bridge="$bridge"})', legend: '{{chain}}' }],
    },
    {
      title: 'Oldest pending, in blocks',
      kind: 'number',
      about: 'TransactionStuck at 50.',
      queries: [{ expr: 'max by (chain) (pegway_transaction_oldest_blocks{bridge="$bridge"})', legend: '{{chain}}' }],
      limits: { orange: 10, red: 50 },
    },
    {
      title: 'Held',
      kind: 'number',
      about: 'Waiting for lower fees or for funds.',
      queries: [
        { expr: 'sum by (chain, reason) (pegway_transactions_held{bridge="$bridge"})', legend: '{{chain}} {{reason}}' },
      ],
      limits: { orange: 1, red: 10 },
    },
    {
      title: 'Fewest transfers left',
      kind: 'number',
      about: 'Lowest of all accounts, at current prices.',
      queries: [{ expr: 'min by (chain) (pegway_account_transfers_left{bridge="$bridge"})', legend: '{{chain}}' }],
      limits: { orange: 500, red: 50 },
    },
    {
      title: 'Outcomes',
      kind: 'line',
      about: 'Answers of nodes, and outcomes of transactions.',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (chain, outcome) (rate(pegway_transactions_total{bridge="$bridge"}[$__rate_interval]))',
          legend: '{{chain}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Transfers in a batch',
      kind: 'line',
      about: 'Mean; larger batches are cheaper.',
      queries: [
        {
          expr: 'sum(rate(pegway_batch_size_sum{bridge="$bridge"}[10m])) / sum(rate(pegway_batch_size_count{bridge="$bridge"}[10m]))',
          legend: 'transfers',
        },
      ],
    },
    {
      title: 'Time to each stage',
      kind: 'line',
      about: '95th percentile since the transfer was proven final: signed, submitted, mined, executed.',
      unit: 's',
      queries: [{ expr: 'pegway:transfer_seconds:p95_10m{bridge="$bridge"}', legend: '{{direction}} {{stage}}' }],
    },
    {
      title: 'Fees, in wei a second',
      kind: 'line',
      about: 'Per relayer, from its receipts.',
      queries: [
        {
          expr: 'rate(pegway_transaction_fee_wei_total{bridge="$bridge"}[10m])',
          legend: '{{instance}} {{chain}}',
        },
      ],
    },
    {
      title: 'Fee of a transfer, in wei',
      kind: 'line',
      about: 'All relayers’ fees over the transfers they executed on that chain.',
      queries: [
        {
          expr: 'sum(rate(pegway_transaction_fee_wei_total{bridge="$bridge",chain="main"}[1h])) / (quantile(0.5, rate(pegway_transfers_executed_total{bridge="$bridge",direction="withdraw"}[1h])) > 0)',
          legend: 'withdrawal',
        },
        {
          expr: 'sum(rate(pegway_transaction_fee_wei_total{bridge="$bridge",chain="product"}[1h])) / (quantile(0.5, rate(pegway_transfers_executed_total{bridge="$bridge",direction="mint"}[1h])) > 0)',
          legend: 'mint',
        },
      ],
    },
    {
      title: 'Balances, in wei',
      kind: 'line',
      about: 'Balances of the paying accounts.',
      queries: [{ expr: 'pegway_account_balance_wei{bridge="$bridge"}', legend: '{{instance}} {{chain}}' }],
    },
    {
      title: 'Transactions pending',
      kind: 'line',
      about: 'By relayer.',
      queries: [{ expr: 'pegway_transactions_pending{bridge="$bridge"}', legend: '{{instance}} {{chain}}' }],
    },
    {
      title: 'Batches sent',
      kind: 'line',
      about: 'By relayer: turns spread them evenly.',
      unit: 'ops',
      queries: [{ expr: 'rate(pegway_batch_size_count{bridge="$bridge"}[$__rate_interval])', legend: '{{instance}}' }],
    },
  ],
};
