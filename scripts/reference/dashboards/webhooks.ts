import type { Dashboard } from './grafana.ts';

const own = 'bridge="$bridge",instance="$instance"';

export const webhooks: Dashboard = {
  name: 'webhooks',
  title: 'webhooks',
  about: 'Deliveries of one relayer to its receivers.',
  variables: ['instance'],
  panels: [
    {
      title: 'Disabled',
      kind: 'number',
      about: '1 while nothing is sent, because the receiver answered 410: `pegway webhooks enable NAME` continues.',
      queries: [{ expr: `pegway_webhook_disabled{${own}}`, legend: '{{webhook}}' }],
      limits: { orange: 1, red: 1 },
    },
    {
      title: 'Waiting',
      kind: 'number',
      about: 'Events that wait for another attempt. At 1,000 no further ones are taken until some are acknowledged.',
      queries: [{ expr: `pegway_webhook_pending{${own}}`, legend: '{{webhook}}' }],
    },
    {
      title: 'Dead letters',
      kind: 'number',
      about: 'Events for which no attempt is left: `pegway webhooks replay NAME` sends them again.',
      queries: [{ expr: `pegway_webhook_dead_letters{${own}}`, legend: '{{webhook}}' }],
    },
    {
      title: 'Oldest waiting',
      kind: 'number',
      about: 'Since the first attempt of the oldest event that waits for another one.',
      unit: 's',
      queries: [{ expr: `pegway_webhook_oldest_seconds{${own}}`, legend: '{{webhook}}' }],
    },
    {
      title: 'Attempts',
      kind: 'line',
      about: 'Attempts each second, by outcome.',
      unit: 'ops',
      queries: [
        {
          expr: `sum by (webhook, outcome) (rate(pegway_webhook_deliveries_total{${own}}[$__rate_interval]))`,
          legend: '{{webhook}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Time of a delivery',
      kind: 'line',
      about:
        'From when an event was taken up to its acknowledgement: 95th percentile, of events that needed one attempt.',
      unit: 's',
      queries: [
        {
          expr: `histogram_quantile(0.95, sum by (le) (rate(pegway_webhook_seconds_bucket{instance="$instance"}[10m])))`,
          legend: 'p95',
        },
      ],
    },
    {
      title: 'Waiting over time',
      kind: 'line',
      about: 'Grows while a receiver is down or slow.',
      queries: [{ expr: `pegway_webhook_pending{${own}}`, legend: '{{webhook}}' }],
    },
  ],
};
