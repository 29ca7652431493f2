import { existsSync } from 'node:fs';

import { type Config, readConfig } from '../../relayer/config.ts';
import { openWebhookDatabase, webhookFile } from '../../relayer/store/database.ts';
import { type WebhookStore, openWebhookStore } from '../../relayer/store/webhook-store.ts';
import { didYouMean } from '../inspect/did-you-mean.ts';
import { findConfig } from '../inspect/find-config.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';

export interface WebhookFlags {
  readonly config?: string;
  readonly bridge?: string;
  readonly json: boolean;
}

export type Webhook = Config['webhooks'][number];

export const configOf = ({ config, bridge }: WebhookFlags, io: Io): Config =>
  readConfig(findConfig(config, io), io.env, bridge);

/** @throws {PegwayError} exit code 2 when the configuration has no such webhook. */
export function webhookNamed({ webhooks }: Config, name: string): Webhook {
  const found = webhooks.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = webhooks.map((one) => one.name);
  const meant = didYouMean(name, names);
  throw wrong(
    `the configuration has no webhook ${name}: ${names.join(', ') || 'it has none'}`,
    meant === undefined ? 'add it to `webhooks` (docs/webhooks.md)' : `did you mean ${meant}?`,
  );
}

/**
 * Opens the records of a bridge's webhooks for as long as `action` takes; its relayer may be running.
 * @throws {PegwayError} exit code 2 when there are none: reading never creates them.
 */
export function withWebhookStore<T>({ dataDir }: Config, action: (store: WebhookStore) => T): T {
  const file = webhookFile(dataDir);
  if (!existsSync(file)) {
    throw wrong(
      `there are no records of webhooks: ${file} does not exist`,
      'run this on the machine of the relayer and as its user; the relayer makes them at its start',
    );
  }
  using database = openWebhookDatabase(dataDir);
  return action(openWebhookStore(database));
}
