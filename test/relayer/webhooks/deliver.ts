// A process that delivers the events of a folder to a URL, for tests that kill it.
// node test/relayer/webhooks/deliver.ts FOLDER URL HEAD
import { createEventFeed } from '../../../relayer/events/event-feed.ts';
import { createNotices } from '../../../relayer/events/notices.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { openHistoryDatabase, openWebhookDatabase } from '../../../relayer/store/database.ts';
import { openHistory } from '../../../relayer/store/history.ts';
import { openWebhookStore } from '../../../relayer/store/webhook-store.ts';
import { openWebhookClient } from '../../../relayer/webhooks/client.ts';
import { CONNECTIONS, createDelivery } from '../../../relayer/webhooks/delivery.ts';
import { bridges } from '../support.ts';

const [folder = '', url = '', head = '0'] = process.argv.slice(2);
const { signal } = new AbortController();
const now = (): number => Date.now() / 1_000;
const history = openHistory({
  ...{ database: openHistoryDatabase(folder), deployment: 'a-b', mainBridge: bridges[0] },
});
const delivery = createDelivery({
  ...{ name: 'hook', kinds: undefined, productTokens: undefined, after: undefined, signal, now },
  feed: createEventFeed({
    store: history.events,
    chainIds: { main: 1, product: 2 },
    covered: () => ({ low: 0n, high: BigInt(head) }),
    notices: createNotices(),
    isReversed: () => false,
    ended: signal,
  }),
  store: openWebhookStore(openWebhookDatabase(folder)),
  client: openWebhookClient({
    ...{ url, secrets: [Buffer.alloc(32, 1)], allowPrivate: true, timeoutSeconds: 30, connections: CONNECTIONS, now },
  }),
  isLeaseHeld: () => true,
  metrics: createMetrics(),
  log: { warn: () => undefined },
});
// A relayer's ports keep it running; the timers of the deliveries alone do not.
setInterval(() => undefined, 60_000);
for (;;) await delivery.round();
