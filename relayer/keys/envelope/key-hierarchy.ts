import { randomBytes } from 'node:crypto';

import type { Address } from 'viem';
import { z } from 'zod';

import { usageError } from '../key-error.ts';
import type { Hsm } from '../pkcs11/hsm.ts';
import { addressOf, isPrivateKey } from '../secp256k1.ts';
import { seal, type Sealed, unseal } from './aes-gcm.ts';
import { sealInHsm, unsealInHsm } from './domain-key.ts';

/*
 * signing key ← data key ← tenant key ← domain key (in the HSM). Each is sealed by the next with AES-256-GCM; a sealed
 * key opens only under its own address, name and versions, so that no part of one file fits into another.
 */

const hexOf = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const sealed = { iv: hexOf(12), ciphertext: hexOf(32), tag: hexOf(16) };
const version = z.int().positive();

const schema = z.strictObject({
  pegwayEnvelope: z.literal(1),
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  signingKey: z.strictObject(sealed),
  dataKey: z.strictObject({ version, ...sealed }),
  tenantKey: z.strictObject({ version, ...sealed }),
  domainKey: z.strictObject({ version, uri: z.string().startsWith('pkcs11:') }),
});

export type Envelope = z.output<typeof schema>;

interface Versions {
  readonly data: number;
  readonly tenant: number;
  readonly domain: number;
}

const contexts = (address: string, { data, tenant, domain }: Versions) => ({
  signing: `pegway envelope 1, signing key of ${address}, data key ${data}`,
  data: `pegway envelope 1, data key ${data} of ${address}, tenant key ${tenant}`,
  tenant: `pegway envelope 1, tenant key ${tenant} of ${address}, domain key ${domain}`,
});

const contextsOf = ({ address, dataKey, tenantKey, domainKey }: Envelope) =>
  contexts(address, { data: dataKey.version, tenant: tenantKey.version, domain: domainKey.version });

export function parseEnvelope(text: string, name: string): Envelope {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // SECURITY: the parser's message quotes the file.
    throw usageError(`${name} is not an envelope: it is not JSON`);
  }
  const result = schema.safeParse(file);
  if (!result.success) {
    const places = result.error.issues.map((issue) => issue.path.join('.') || 'format').join(', ');
    throw usageError(`${name} is not an envelope, or a damaged one: wrong ${places}`);
  }
  return result.data;
}

export const formatEnvelope = (envelope: Envelope): string => `${JSON.stringify(envelope, null, 2)}\n`;

function open(key: Uint8Array, inner: Sealed, context: string, what: string, name: string): Buffer {
  try {
    return unseal(key, inner, context);
  } catch {
    throw usageError(`${name} is damaged: its ${what} does not open`, { hint: 'compare it with its backup' });
  }
}

/** @param uri names the domain key, without a PIN. */
export async function sealEnvelope(privateKey: Uint8Array, hsm: Hsm, uri: string): Promise<Envelope> {
  const address: Address = addressOf(privateKey);
  const versions = { data: 1, tenant: 1, domain: 1 };
  const context = contexts(address, versions);
  const dataKey = randomBytes(32);
  const tenantKey = randomBytes(32);
  try {
    return {
      pegwayEnvelope: 1,
      address,
      signingKey: seal(dataKey, privateKey, context.signing),
      dataKey: { version: 1, ...seal(tenantKey, dataKey, context.data) },
      tenantKey: { version: 1, ...(await sealInHsm(hsm, tenantKey, context.tenant)) },
      domainKey: { version: 1, uri },
    };
  } finally {
    dataKey.fill(0);
    tenantKey.fill(0);
  }
}

/** The signing key. The caller wipes the bytes when done. */
export async function openEnvelope(envelope: Envelope, hsm: Hsm, name: string): Promise<Uint8Array> {
  const context = contextsOf(envelope);
  const tenantKey = await unsealInHsm(hsm, envelope.tenantKey, context.tenant);
  const dataKey = open(tenantKey, envelope.dataKey, context.data, 'data key', name);
  const privateKey = open(dataKey, envelope.signingKey, context.signing, 'signing key', name);
  tenantKey.fill(0);
  dataKey.fill(0);
  if (!isPrivateKey(privateKey) || addressOf(privateKey) !== envelope.address) {
    throw usageError(`${name} is damaged: its signing key is not that of ${envelope.address}`);
  }
  return privateKey;
}

export interface Rewrap {
  /** Makes a new tenant key. */
  readonly tenant: boolean;
  /** The domain key from now on, where it is another one. */
  readonly domain: { readonly hsm: Hsm; readonly uri: string } | undefined;
}

/** The same signing key, sealed by the same data key, under a new tenant key or domain key. */
export async function rewrapEnvelope(
  envelope: Envelope,
  hsm: Hsm,
  { tenant, domain }: Rewrap,
  name: string,
): Promise<Envelope> {
  const before = contextsOf(envelope);
  const oldTenantKey = await unsealInHsm(hsm, envelope.tenantKey, before.tenant);
  const dataKey = open(oldTenantKey, envelope.dataKey, before.data, 'data key', name);

  const versions: Versions = {
    data: envelope.dataKey.version,
    tenant: envelope.tenantKey.version + (tenant ? 1 : 0),
    domain: envelope.domainKey.version + (domain === undefined ? 0 : 1),
  };
  const after = contexts(envelope.address, versions);
  const tenantKey = tenant ? randomBytes(32) : oldTenantKey;
  try {
    return {
      ...envelope,
      dataKey: { version: versions.data, ...seal(tenantKey, dataKey, after.data) },
      tenantKey: { version: versions.tenant, ...(await sealInHsm(domain?.hsm ?? hsm, tenantKey, after.tenant)) },
      domainKey: { version: versions.domain, uri: domain?.uri ?? envelope.domainKey.uri },
    };
  } finally {
    for (const key of [oldTenantKey, tenantKey, dataKey]) key.fill(0);
  }
}
