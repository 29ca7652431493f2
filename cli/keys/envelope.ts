import { resolve } from 'node:path';

import type { Command } from 'commander';

import { createDomainKey, rewrapFile } from '../../relayer/keys/envelope/file.ts';
import { usageError } from '../../relayer/keys/key-error.ts';
import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import { openOutput } from '../output.ts';
import { prompt } from './passwords.ts';

interface RewrapFlags {
  readonly tenant: boolean;
  readonly domain?: string;
  readonly pinSource?: string;
  readonly json: boolean;
}

export function registerDomain(keys: Command): void {
  keys
    .command('domain')
    .summary('make a domain key in an HSM')
    .description('Makes an AES-256 key in an HSM, under which envelope files are sealed. It never leaves the HSM.')
    .argument('<uri>', 'pkcs11: URI of the HSM; object= is the new key’s label')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      "\nExample:\n  pegway keys domain 'pkcs11:token=pegway;object=domain-1?module-path=/usr/lib/softhsm/libsofthsm2.so'",
    )
    .action(async (uri: string, flags: { json: boolean }) => {
      await createDomainKey(uri, { password: prompt, directory: '.' });
      openOutput(flags.json).result(redactKeyUri(uri), { domain: redactKeyUri(uri) });
    });
}

export function registerRewrap(keys: Command): void {
  keys
    .command('rewrap')
    .summary('rotate the keys around a signing key')
    .description(
      'Seals an envelope under a new tenant key (--tenant) or another domain key (--domain). The signing key stays the same, and is not opened.',
    )
    .argument('<file>', 'the envelope')
    .option('--tenant', 'make a new tenant key', false)
    .option('--domain <uri>', 'the domain key from now on, a pkcs11: URI')
    .option('--pin-source <file>', 'the PIN for the domain key of now: file:FILE or fd:N')
    .option('--json', 'one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway keys rewrap /etc/pegway/attest.envelope --tenant')
    .action(async (file: string, { tenant, domain, pinSource, json }: RewrapFlags) => {
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
      openOutput(json).result(text, { address, ...versions });
    });
}
