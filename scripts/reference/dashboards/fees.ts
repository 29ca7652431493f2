import type { Dashboard } from './grafana.ts';

/** Each relayer shows the same fees: the highest is the most recent reading. */
const taken = 'max by (peg, chain) (max_over_time(pegway_fees_taken{bridge="$bridge"}[7d]))';
const takenBefore = 'min by (peg, chain) (min_over_time(pegway_fees_taken{bridge="$bridge"}[7d]))';

export const fees: Dashboard = {
  name: 'fees',
  title: 'does this bridge pay for itself',
  about:
    'What the signers paid for transactions, beside the fees that holders paid. Costs in coins of each chain, fees in main base units; in one currency only where `fees.prices` is configured.',
  panels: [
    {
      title: 'Balance of the week',
      kind: 'number',
      about:
        'Fees less costs of seven days, in coins of the main chain; empty without configured prices. Below 0 the signers pay.',
      queries: [
        {
          expr: 'pegway:fees_coin:increase7d{bridge="$bridge"} - pegway:costs_coin:increase7d{bridge="$bridge"}',
          legend: 'balance',
        },
      ],
      limits: { orange: 0, red: -1e-9 },
    },
    {
      title: 'Costs of the week',
      kind: 'number',
      about: 'Fees of mined transactions of all relayers in seven days, in coins of each chain.',
      queries: [
        {
          expr: 'sum by (chain) (increase(pegway_transaction_fee_wei_total{bridge="$bridge"}[7d])) / 1e18',
          legend: '{{chain}}',
        },
      ],
    },
    {
      title: 'Last period',
      kind: 'number',
      about: 'Of each token: computed by a relayer, and published. They differ for minutes after a week.',
      queries: [
        { expr: 'max by (token, state) (pegway_rewards_period{bridge="$bridge"})', legend: '{{token}} {{state}}' },
      ],
    },
    {
      title: 'Fees of the week',
      kind: 'line',
      about: 'Taken in seven days, in main base units, by peg and the chain that took them.',
      queries: [{ expr: `${taken} - ${takenBefore}`, legend: '{{peg}} {{chain}}' }],
    },
    {
      title: 'Costs of a day',
      kind: 'line',
      about: 'Fees of mined transactions of all relayers, in coins of each chain.',
      queries: [
        {
          expr: 'sum by (chain) (increase(pegway_transaction_fee_wei_total{bridge="$bridge"}[1d])) / 1e18',
          legend: '{{chain}}',
        },
      ],
    },
    {
      title: 'Costs and fees of the week in one currency',
      kind: 'line',
      about: 'In coins of the main chain, by the configured prices.',
      queries: [
        { expr: 'pegway:costs_coin:increase7d{bridge="$bridge"}', legend: 'costs' },
        { expr: 'pegway:fees_coin:increase7d{bridge="$bridge"}', legend: 'fees' },
      ],
    },
    {
      title: 'Fee pots',
      kind: 'line',
      about: 'Fees that wait to be moved, in main base units.',
      queries: [{ expr: 'max by (peg, chain) (pegway_fee_pot{bridge="$bridge"})', legend: '{{peg}} {{chain}}' }],
    },
    {
      title: 'Earned',
      kind: 'line',
      about: 'What all accounts have ever earned, in main base units.',
      queries: [{ expr: 'max by (token) (pegway_rewards_earned{bridge="$bridge"})', legend: '{{token}}' }],
    },
  ],
};
