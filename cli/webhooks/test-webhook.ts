import { randomUUID } from 'node:crypto';

import { PegwayError } from '../../protocol/errors.ts';
import { stringify } from '../../protocol/json.ts';
import { openWebhookClient } from '../../relayer/webhooks/client.ts';
import { readSecrets } from '../../relayer/webhooks/signature.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type WebhookFlags, configOf, webhookNamed } from './configured-webhooks.ts';

/** `pegway webhooks test NAME` @throws {PegwayError} exit code 1 unless the receiver acknowledges. */
export async function testWebhook(name: string, flags: WebhookFlags, io: Io): Promise<void> {
  const config = configOf(flags, io);
  const { url, secretFiles, allowPrivate, timeoutSeconds } = webhookNamed(config, name);
  const secrets = readSecrets(secretFiles, config.directory);
  const now = (): number => Date.now() / 1_000;
  await using client = openWebhookClient({ url, secrets, allowPrivate, timeoutSeconds, connections: 1, now });

  const began = performance.now();
  const id = `test-${randomUUID()}`;
  const body = stringify({ type: 'test', timestamp: new Date().toISOString(), data: { webhook: name } });
  const outcome = await client.post({ id, body }, io.signal);
  const milliseconds = Math.round(performance.now() - began);
  if (outcome.kind !== 'delivered') {
    const found = outcome.kind === 'gone' ? 'HTTP 410: a relayer would disable this webhook' : outcome.error;
    throw new PegwayError(`webhook ${name} did not acknowledge the test message: ${found}`, {
      hint: 'the receiver must verify the signature and answer 2xx to messages of type `test`, too',
    });
  }
  openOutput(flags.json, io).result(`${name} acknowledged message ${id} after ${milliseconds} ms`, {
    ...{ name, id, milliseconds },
  });
}
