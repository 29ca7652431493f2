// Looks for secrets in whatever a relayer leaves behind, however they are spelt there.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { type Hex, hexToBigInt, hexToBytes } from 'viem';

/** By what each is called: text as it is typed, or a private key. */
export type Secrets = Readonly<Record<string, { readonly text: string } | { readonly key: Hex }>>;

/** As logs, databases and protocols might hold it; hexadecimal in small letters. */
function spellings(secret: Secrets[string]): Buffer[] {
  const isKey = 'key' in secret;
  const bytes = Buffer.from(isKey ? hexToBytes(secret.key) : secret.text);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const texts = [bytes.toString('hex'), base64, bytes.toString('base64url')];
  if (isKey) texts.push(hexToBigInt(secret.key).toString());
  else texts.push(encodeURIComponent(secret.text), JSON.stringify(secret.text).slice(1, -1));
  return [bytes, ...texts.map((text) => Buffer.from(text))];
}

/** Answers which of the secrets are in there, by their names. */
export function secretsIn(content: string | Buffer, secrets: Secrets): string[] {
  const bytes = Buffer.from(content);
  // Hexadecimal is written in either case.
  const lowered = Buffer.from(bytes.toString('latin1').toLowerCase(), 'latin1');
  return Object.entries(secrets).flatMap(([name, secret]) =>
    spellings(secret).some((one) => bytes.includes(one) || lowered.includes(one)) ? [name] : [],
  );
}

/** All files of a folder and of those in it, one after the other. */
export function contentOf(folder: string): Buffer {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Buffer.concat(files.map((file) => readFileSync(file)));
}
