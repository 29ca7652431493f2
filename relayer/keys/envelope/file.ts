import { resolve } from 'node:path';

import type { Address } from 'viem';

import { usageError } from '../key-error.ts';
import { decodePath, type KeyUri, parseKeyUri, parseOptions } from '../key-uri.ts';
import { localSigner } from '../local-signer.ts';
import type { PasswordOptions } from '../password.ts';
import { type Hsm, openHsm } from '../pkcs11/hsm.ts';
import { createSecretFile, readSecretFile, replaceSecretFile } from '../secret-file.ts';
import type { OpenContext, Signer } from '../signer.ts';
import { generateDomainKey } from './domain-key.ts';
import {
  type Envelope,
  formatEnvelope,
  openEnvelope,
  parseEnvelope,
  rewrapEnvelope,
  sealEnvelope,
} from './key-hierarchy.ts';

const pinOptions = ['pin-source', 'pin-value'];

function parseDomainUri(text: string): KeyUri {
  const uri = parseKeyUri(text);
  if (uri.scheme !== 'pkcs11') throw usageError(`a domain key is in an HSM, named by pkcs11:; this is ${uri.scheme}:`);
  return uri;
}

/** The URI as the file keeps it: where the domain key is, and nothing of the PIN. */
function withoutPin({ path, query }: KeyUri): string {
  const kept = query
    .split('&')
    .filter((part) => part !== '' && !pinOptions.some((name) => part.startsWith(`${name}=`)));
  return `pkcs11:${path}?${kept.join('&')}`;
}

async function withHsm<T>(
  uri: Pick<KeyUri, 'path' | 'query'>,
  options: PasswordOptions,
  work: (hsm: Hsm) => Promise<T>,
): Promise<T> {
  const hsm = await openHsm(uri, options);
  try {
    return await work(hsm);
  } finally {
    await hsm.cryptoki.close();
  }
}

/** Where the file's domain key is, with what the operator adds: the PIN, or this machine's library. */
function domainOf({ domainKey }: Envelope, added: string): Pick<KeyUri, 'path' | 'query'> {
  const { path, query } = parseDomainUri(domainKey.uri);
  const named = new Set(added.split('&').map((part) => part.split('=')[0]));
  const kept = query.split('&').filter((part) => part !== '' && !named.has(part.split('=')[0]));
  return { path, query: [...kept, ...(added === '' ? [] : [added])].join('&') };
}

const readFile = (path: string): Envelope => parseEnvelope(readSecretFile(path, 'envelope'), path);

/** `envelope:FILE?pin-source=file:…`: opened through the HSM, then signing in this process. */
export async function openEnvelopeFile(uri: KeyUri, context: OpenContext): Promise<Signer> {
  parseOptions(uri, [...pinOptions, 'module-path']);
  const path = resolve(context.directory, decodePath(uri.path));
  const envelope = readFile(path);
  return withHsm(domainOf(envelope, uri.query), context, async (hsm) =>
    localSigner(await openEnvelope(envelope, hsm, path)),
  );
}

/** Writes a new envelope for this key. */
export async function createEnvelopeFile(
  path: string,
  privateKey: Uint8Array,
  domain: string,
  options: PasswordOptions,
): Promise<Address> {
  const uri = parseDomainUri(domain);
  const envelope = await withHsm(uri, options, (hsm) => sealEnvelope(privateKey, hsm, withoutPin(uri)));
  createSecretFile(path, formatEnvelope(envelope), 'envelope');
  return envelope.address as Address;
}

export async function createDomainKey(domain: string, options: PasswordOptions): Promise<void> {
  await withHsm(parseDomainUri(domain), options, generateDomainKey);
}

export interface RewrapOptions extends PasswordOptions {
  /** `pin-source=…` or `pin-value=…` of the current domain key. Default: prompt. */
  readonly pin: string | undefined;
  readonly tenant: boolean;
  /** URI of the new domain key. */
  readonly domain: string | undefined;
}

/** Rewraps a file in place. A copy made before still opens, while the HSM holds its domain key. */
export async function rewrapFile(path: string, { pin, tenant, domain, ...options }: RewrapOptions): Promise<Envelope> {
  const envelope = readFile(path);
  const rewrapped = await withHsm(domainOf(envelope, pin ?? ''), options, async (hsm) => {
    if (domain === undefined) return rewrapEnvelope(envelope, hsm, { tenant, domain }, path);
    const uri = parseDomainUri(domain);
    return withHsm(uri, options, (next) =>
      rewrapEnvelope(envelope, hsm, { tenant, domain: { hsm: next, uri: withoutPin(uri) } }, path),
    );
  });
  replaceSecretFile(path, formatEnvelope(rewrapped), 'envelope');
  return rewrapped;
}
