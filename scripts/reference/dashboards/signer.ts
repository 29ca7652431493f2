import type { Dashboard } from './grafana.ts';

const own = 'bridge="$bridge",instance="$instance"';

export const signer: Dashboard = {
  name: 'signer',
  title: 'one signer',
  about: 'One relayer: health, key, peers, nodes, queue and work.',
  variables: ['instance'],
  panels: [
    {
      title: 'Ready',
      kind: 'number',
      about: '1 while it has no fault of its own; see the reasons below.',
      queries: [{ expr: `pegway_ready{${own}}`, legend: 'ready' }],
      limits: { orange: 1, red: 0 },
    },
    {
      title: 'Up for',
      kind: 'number',
      about: 'Time since its process started.',
      unit: 's',
      queries: [{ expr: `time() - process_start_time_seconds{${own}}`, legend: 'up' }],
    },
    {
      title: 'Its quorum margin',
      kind: 'number',
      about: 'As measured by this relayer: far below the others’ when it is disconnected.',
      queries: [{ expr: `pegway_quorum_margin{${own}}`, legend: '{{direction}}' }],
      limits: { orange: 2, red: 1 },
    },
    {
      title: 'Funds, in transfers',
      kind: 'number',
      about: 'Number of single transfers that its account can pay for at current prices.',
      queries: [{ expr: `pegway_account_transfers_left{${own}}`, legend: '{{chain}}' }],
      limits: { orange: 500, red: 50 },
    },
    {
      title: 'Problems',
      kind: 'table',
      about: 'Problems, by component and reason code.',
      queries: [{ expr: `pegway_problems{${own}}`, legend: '' }],
    },
    {
      title: 'Age of each loop’s last round',
      kind: 'line',
      about: 'A stalled loop grows without bound.',
      unit: 's',
      queries: [{ expr: `time() - pegway_loop_timestamp_seconds{${own}}`, legend: '{{loop}}' }],
    },
    {
      title: 'Since each peer’s last answer',
      kind: 'line',
      about: 'As measured by this relayer.',
      unit: 's',
      queries: [{ expr: `time() - pegway_signer_last_answer_timestamp_seconds{${own}}`, legend: '{{signer}}' }],
    },
    {
      title: 'Time of a signature',
      kind: 'line',
      about: 'Mean of its keys, by outcome.',
      unit: 's',
      queries: [
        {
          expr: `sum by (use, outcome) (rate(pegway_signing_seconds_sum{${own}}[10m])) / sum by (use, outcome) (rate(pegway_signing_seconds_count{${own}}[10m]))`,
          legend: '{{use}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Refused statements',
      kind: 'line',
      about: 'Transfers or requests not signed, by reason.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (direction, reason) (rate(pegway_transfers_rejected_total{${own}}[$__rate_interval]))`,
          legend: '{{direction}}: {{reason}}',
        },
      ],
    },
    {
      title: 'Jobs in its queue',
      kind: 'line',
      about: 'A growing number of waiting jobs while none is active: check Redis.',
      queries: [{ expr: `pegway_queue_jobs{${own}}`, legend: '{{queue}} {{state}}' }],
    },
    {
      title: 'Requests to its nodes',
      kind: 'line',
      about: 'By method.',
      unit: 'reqps',
      queries: [
        {
          expr: `sum by (chain, method) (rate(pegway_rpc_requests_total{${own}}[$__rate_interval]))`,
          legend: '{{chain}} {{method}}',
        },
      ],
    },
    {
      title: 'Processor',
      kind: 'line',
      about: 'CPU of its process; 1 is one core.',
      queries: [{ expr: `rate(process_cpu_seconds_total{${own}}[$__rate_interval])`, legend: 'cores' }],
    },
    {
      title: 'Event loop',
      kind: 'line',
      about:
        'How late its event loop runs timers: 99th percentile between two scrapes. Above 50 ms something holds it.',
      unit: 's',
      queries: [{ expr: `nodejs_eventloop_lag_p99_seconds{${own}}`, legend: 'p99' }],
    },
    {
      title: 'Requests refused',
      kind: 'line',
      about: 'Requests on its public port beyond the budget of their caller, each second.',
      queries: [{ expr: `rate(pegway_requests_refused_total{${own}}[$__rate_interval])`, legend: '{{caller}}' }],
    },
    {
      title: 'Memory',
      kind: 'line',
      about: 'Memory of its process.',
      unit: 'bytes',
      queries: [{ expr: `process_resident_memory_bytes{${own}}`, legend: 'memory' }],
    },
  ],
};
