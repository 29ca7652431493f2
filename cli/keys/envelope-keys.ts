import { resolve } from 'node:path';

import { createDomainKey, rewrapFile } from '../../relayer/keys/envelope/file.ts';
import { usageError } from '../../relayer/keys/key-error.ts';
import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { prompt } from './passwords.ts';

interface RewrapFlags {
  readonly tenant: boolean;
  readonly domain?: string;
  readonly pinSource?: string;
  readonly json: boolean;
}

/** `pegway keys domain` */
export async function makeDomainKey(uri: string, flags: { json: boolean }, io: Io): Promise<void> {
  await createDomainKey(uri, { password: prompt, directory: '.' });
  openOutput(flags.json, io).result(redactKeyUri(uri), { domain: redactKeyUri(uri) });
}

/** `pegway keys rewrap` */
export async function rewrapKeys(
  file: string,
  { tenant, domain, pinSource, json }: RewrapFlags,
  io: Io,
): Promise<void> {
  if (!tenant && domain === undefined) throw usageError('nothing to rotate: give --tenant, --domain URI, or both');
  const pin = pinSource === undefined ? undefined : `pin-source=${encodeURIComponent(pinSource)}`;
  const { address, dataKey, tenantKey, domainKey } = await rewrapFile(resolve(file), {
    pin,
    tenant,
    domain,
    password: prompt,
    directory: '.',
  });
  const versions = { data: dataKey.version, tenant: tenantKey.version, domain: domainKey.version };
  const text = `${address}  data key ${versions.data}, tenant key ${versions.tenant}, domain key ${versions.domain}`;
  openOutput(json, io).result(text, { address, ...versions });
}
