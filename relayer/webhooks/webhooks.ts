import { messageOf } from '../../protocol/errors.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import type { WebhookStore } from '../store/webhook-store.ts';
import { openWebhookClient } from './client.ts';
import { CONNECTIONS, type DeliveryOptions, createDelivery } from './delivery.ts';
import { readSecrets } from './signature.ts';

/** The webhooks of one bridge. Each has its own loop, connections and records: one that hangs delays no other, nor any transfer. */
export interface Webhooks extends AsyncDisposable {
  readonly loops: readonly Loop[];
  measure(): void;
}

export interface WebhooksOptions extends Pick<DeliveryOptions, 'feed' | 'isLeaseHeld' | 'log' | 'signal'> {
  readonly config: Pick<Config, 'webhooks' | 'directory' | 'standSeconds'>;
  readonly store: WebhookStore;
  readonly metrics: Metrics;
}

const now = (): number => Date.now() / 1_000;

/** @throws {PegwayError} exit code 2 when a secret cannot be read. */
export function openWebhooks({ config, store, metrics, log, ...rest }: WebhooksOptions): Webhooks {
  const each = config.webhooks.map((webhook) => {
    const { name, url, allowPrivate, timeoutSeconds, kinds, productTokens, after } = webhook;
    const secrets = readSecrets(webhook.secretFiles, config.directory);
    const client = openWebhookClient({ url, secrets, allowPrivate, timeoutSeconds, connections: CONNECTIONS, now });
    for (const outcome of ['delivered', 'failed']) metrics.webhookDeliveries.inc({ webhook: name, outcome }, 0);
    const delivery = createDelivery({ name, kinds, productTokens, after, client, store, metrics, log, now, ...rest });
    return { name, client, delivery };
  });

  return {
    loops: each.map(({ name, delivery }) => ({
      name: `webhook-${name}`,
      stallSeconds: config.standSeconds,
      round: () => delivery.round(),
      onError: (error) => log.warn({ webhook: name, error: messageOf(error) }, 'webhook records not written'),
    })),

    measure() {
      for (const { name: webhook, delivery } of each) {
        const { pending, deadLetters } = store.counts(webhook);
        metrics.webhookPending.set({ webhook }, pending);
        metrics.webhookDeadLetters.set({ webhook }, deadLetters);
        metrics.webhookOldest.set({ webhook }, delivery.oldestSeconds());
        metrics.webhookDisabled.set({ webhook }, store.disabled(webhook) === undefined ? 0 : 1);
      }
    },

    async [Symbol.asyncDispose]() {
      await Promise.all(each.map(({ delivery }) => delivery.ended()));
      await Promise.all(each.map(({ client }) => client[Symbol.asyncDispose]()));
    },
  };
}
