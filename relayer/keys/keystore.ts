import { pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';

import * as Keystore from 'ox/Keystore';
import type { Address } from 'viem';
import { z } from 'zod';

import { usageError } from './key-error.ts';
import { addressOf, isPrivateKey } from './secp256k1.ts';
import { createSecretFile, readSecretFile, replaceSecretFile } from './secret-file.ts';

/*
 * Ethereum's Web3 Secret Storage, version 3. The format is `ox`'s; the key derivation is the platform's, which runs off
 * the main thread.
 */

const hex = (bytes?: number) =>
  z
    .string()
    .transform((text) => text.replace(/^0x/, ''))
    .pipe(z.string().regex(bytes === undefined ? /^([0-9a-f]{2})*$/i : new RegExp(`^[0-9a-f]{${bytes * 2}}$`, 'i')));

const scryptParams = z.object({
  dklen: z.literal(32),
  n: z.int().min(2),
  r: z.int().min(1),
  p: z.int().min(1).max(64),
  salt: hex(),
});

const pbkdf2Params = z.object({
  dklen: z.literal(32),
  c: z.int().min(1).max(100_000_000),
  prf: z.literal('hmac-sha256'),
  salt: hex(),
});

const cipher = {
  cipher: z.literal('aes-128-ctr'),
  cipherparams: z.object({ iv: hex(16) }),
  ciphertext: hex(32),
  mac: hex(32),
};

const keystoreSchema = z.object({
  crypto: z.discriminatedUnion('kdf', [
    z.object({ ...cipher, kdf: z.literal('scrypt'), kdfparams: scryptParams }),
    z.object({ ...cipher, kdf: z.literal('pbkdf2'), kdfparams: pbkdf2Params }),
  ]),
});

export type KeystoreCrypto = z.output<typeof keystoreSchema>['crypto'];

const lowered = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]));

/** Describes a file that is not a keystore of version 3; `undefined` when it is one. */
function notVersion3(file: Record<string, unknown>): string | undefined {
  if ('encseed' in file) return 'a presale wallet, not a keystore of version 3';
  // BLS keystores (EIP-2335) are version 4.
  const { version } = file;
  if (version === undefined) return 'not an Ethereum keystore: it names no version';
  if (version !== 3 && version !== '3')
    return `a keystore of version ${JSON.stringify(version).slice(0, 10)}, expected 3`;
  return undefined;
}

/** Checks the text of a keystore file. `name` is how errors call it. */
export function parseKeystore(text: string, name: string): KeystoreCrypto {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // SECURITY: the parser's message quotes the file, which may hold a key in the clear. It is dropped.
    throw usageError(`${name} is not a keystore: it is not JSON`);
  }
  if (typeof file !== 'object' || file === null) throw usageError(`${name} is not a keystore`);

  // Old tools write `Crypto`.
  const fields = lowered(file);
  const wrong = notVersion3(fields);
  if (wrong !== undefined) {
    throw usageError(`${name} is ${wrong}`, { hint: 'import its key again with the tool that made it, as version 3' });
  }
  const result = keystoreSchema.safeParse(fields);
  if (!result.success) {
    const places = result.error.issues.map((issue) => issue.path.join('.')).join(', ');
    throw usageError(`${name} is a damaged or unsupported keystore: wrong ${places}`);
  }
  return result.data.crypto;
}

async function deriveKey(crypto: KeystoreCrypto, password: string, name: string): Promise<Buffer> {
  const salt = Buffer.from(crypto.kdfparams.salt, 'hex');
  if (crypto.kdf === 'pbkdf2') return promisify(pbkdf2)(password, salt, crypto.kdfparams.c, 32, 'sha256');

  const { n, r, p } = crypto.kdfparams;
  // SECURITY: the file sets the memory cost. More than any tool writes is refused.
  if (n * r > 2 ** 23) throw usageError(`${name} asks for more than 1 GiB of memory (scrypt n ${n}, r ${r})`);
  if (Math.log2(n) % 1 !== 0)
    throw usageError(`${name} has scrypt parameters that cannot be (n ${n} is no power of 2)`);
  if (Math.log2(n) >= 16 * r) {
    // RFC 7914 has n below 2^(16 r), and OpenSSL keeps to that; the keystore definition's own test vector does not.
    const [key] = Keystore.scrypt({ n, r, p, salt, password, iv: Buffer.alloc(16) });
    return Buffer.from(key().slice(2), 'hex');
  }
  const options = { N: n, r, p, maxmem: 128 * r * (n + p + 2) + 2 ** 20 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

const toHex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString('hex')}` as const;

/** The private key in a keystore. The caller wipes the bytes when done. */
export async function decryptKeystore(crypto: KeystoreCrypto, password: string, name: string): Promise<Uint8Array> {
  const key = await deriveKey(crypto, password, name);
  let privateKey: Uint8Array;
  try {
    privateKey = Keystore.decrypt({ crypto, id: '', version: 3 }, toHex(key), { as: 'Bytes' });
  } catch {
    // Only the MAC can fail here: a wrong password and a damaged file look alike.
    throw usageError(`wrong password for ${name}`, { hint: 'or the file is damaged: compare it with its backup' });
  } finally {
    key.fill(0);
  }
  if (!isPrivateKey(privateKey)) throw usageError(`what ${name} holds is not a secp256k1 private key`);
  return privateKey;
}

export interface KeystoreCost {
  /** scrypt's n; the standard 262144 takes 256 MiB and about half a second. */
  readonly n: number;
}

/** A keystore of version 3 (scrypt, n 262144, r 8, p 1: what geth writes), as JSON. */
export async function encryptKeystore(
  privateKey: Uint8Array,
  password: string,
  cost: KeystoreCost = { n: 262_144 },
): Promise<string> {
  const kdfparams = { dklen: 32 as const, n: cost.n, r: 8, p: 1, salt: randomBytes(32).toString('hex') };
  const iv = randomBytes(16);
  const blank = { cipher: 'aes-128-ctr' as const, cipherparams: { iv: iv.toString('hex') }, ciphertext: '', mac: '' };
  const key = await deriveKey({ ...blank, kdf: 'scrypt', kdfparams }, password, 'the keystore');
  const file = Keystore.encrypt(privateKey, toHex(key), { kdf: 'scrypt', kdfparams, iv });
  key.fill(0);
  return `${JSON.stringify({ address: addressOf(privateKey).slice(2).toLowerCase(), ...file }, null, 2)}\n`;
}

/** Reads the private key in a keystore file. Asks for the password only once the file is valid. */
export async function readKeystoreFile(path: string, password: () => Promise<string>): Promise<Uint8Array> {
  const keystore = parseKeystore(readSecretFile(path, 'keystore'), path);
  return decryptKeystore(keystore, await password(), path);
}

/** Writes a new keystore for this key. */
export async function createKeystoreFile(
  path: string,
  privateKey: Uint8Array,
  password: string,
  cost?: KeystoreCost,
): Promise<Address> {
  createSecretFile(path, await encryptKeystore(privateKey, password, cost), 'keystore');
  return addressOf(privateKey);
}

/** Changes the password. The file holds the same key throughout; a backup keeps the old password. */
export async function changePassword(
  path: string,
  before: () => Promise<string>,
  after: () => Promise<string>,
  cost?: KeystoreCost,
): Promise<Address> {
  const privateKey = await readKeystoreFile(path, before);
  try {
    replaceSecretFile(path, await encryptKeystore(privateKey, await after(), cost), 'keystore');
    return addressOf(privateKey);
  } finally {
    privateKey.fill(0);
  }
}
