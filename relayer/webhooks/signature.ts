import { createHmac } from 'node:crypto';
import { resolve } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import { readSecretFile } from '../keys/secret-file.ts';

/*
 * Signatures of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
 * HMAC-SHA256 over `{id}.{timestamp}.{body}`, one for each secret, so that a receiver accepts the old and the new secret during a
 * rotation.
 */

const PREFIX = 'whsec_';
/** The specification asks for 24 to 64 bytes. */
const [LEAST_BYTES, MOST_BYTES] = [24, 64];
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const HINT = 'write one with: (umask 077; printf "whsec_%s" "$(openssl rand -base64 32)" > FILE)';

/**
 * Reads the secrets of one webhook, each from a file of its own.
 * @throws {KeyError | PegwayError} exit code 2 when a file cannot be read, others may read it, or it holds no secret.
 */
export const readSecrets = (files: readonly string[], directory: string): readonly Buffer[] =>
  files.map((file) => parseSecret(readSecretFile(resolve(directory, file), 'webhook secret').trim(), file));

/** SECURITY: the error names the file, never its content. */
export function parseSecret(text: string, source: string): Buffer {
  const encoded = text.slice(PREFIX.length);
  const secret = Buffer.from(encoded, 'base64');
  const isWhole = text.startsWith(PREFIX) && BASE64.test(encoded) && encoded.length % 4 === 0;
  if (isWhole && secret.length >= LEAST_BYTES && secret.length <= MOST_BYTES) return secret;
  throw new PegwayError(
    `the webhook secret in ${source} is not valid: expected whsec_ and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`,
    { exitCode: 2, hint: HINT },
  );
}

/** Headers that identify and sign one attempt. @param timestamp Of the attempt, in seconds since the epoch. */
export function signedHeaders(secrets: readonly Buffer[], id: string, timestamp: number, body: string) {
  const signatures = secrets.map((secret) => {
    const hmac = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`);
    return `v1,${hmac.digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}
