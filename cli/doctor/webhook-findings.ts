import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import type { Config } from '../../relayer/config.ts';
import { resolvePublic } from '../../relayer/webhooks/allowed-address.ts';
import { readSecrets } from '../../relayer/webhooks/signature.ts';
import { type Finding, bad, look, ok, warn } from './finding.ts';

/** The secrets and addresses of the configured webhooks. Sends nothing: `pegway webhooks test` does. */
export async function* webhookFindings({
  webhooks,
  directory,
}: Pick<Config, 'webhooks' | 'directory'>): AsyncGenerator<Finding> {
  for (const { name, url: text, secretFiles, allowPrivate } of webhooks) {
    const { url, host } = parseEndpointUrl(text);
    yield await look(`webhook ${name}`, 'secret', () => {
      const { length } = readSecrets(secretFiles, directory);
      return length === 1 ? ok('one') : warn('two', 'remove the old one once the receiver has the new one');
    });
    yield await look(`webhook ${name}`, 'address', async () => {
      if (allowPrivate) return warn(`${host}; any address is allowed`, 'unset allowPrivate for a public receiver');
      try {
        return ok(`${host} is ${(await resolvePublic(url)).join(', ')}`);
      } catch (error) {
        return bad((error as Error).message, 'events are sent to public addresses alone, unless allowPrivate is set');
      }
    });
  }
}
