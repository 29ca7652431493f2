import { PegwayError } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type WebhookFlags, configOf, webhookNamed, withWebhookStore } from './configured-webhooks.ts';

/** `pegway webhooks replay NAME [ID…]` @throws {PegwayError} exit code 1 when there is no such dead letter. */
export function replayWebhook(name: string, ids: readonly string[], flags: WebhookFlags, io: Io): void {
  const config = configOf(flags, io);
  webhookNamed(config, name);
  const replayed = withWebhookStore(config, (store) =>
    store.replay(name, Date.now() / 1_000, ids.length === 0 ? undefined : ids),
  );
  if (replayed === 0 || replayed < ids.length) {
    const found = ids.length === 0 ? 'has no dead letters' : `has ${replayed} of these ${ids.length} dead letters`;
    throw new PegwayError(`webhook ${name} ${found}`, { hint: 'pegway webhooks list shows them' });
  }
  openOutput(flags.json, io).result(`${replayed} events of ${name} are due; the running relayer sends them`, {
    name,
    replayed,
  });
}

/** `pegway webhooks enable NAME` */
export function enableWebhook(name: string, flags: WebhookFlags, io: Io): void {
  const config = configOf(flags, io);
  webhookNamed(config, name);
  withWebhookStore(config, (store) => store.enable(name));
  openOutput(flags.json, io).result(`${name} is enabled; the running relayer continues where it ended`, { name });
}
