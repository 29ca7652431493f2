import type { Address } from 'viem';

import { decryptKeystore, encryptKeystore, type KeystoreCost, parseKeystore } from './keystore.ts';
import { addressOf } from './local-signer.ts';
import { createSecretFile, readSecretFile, replaceSecretFile } from './secret-file.ts';

/** The private key in a keystore file. The password is asked for once the file has been found good. */
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

/** Exchanges the password. The file holds the same key throughout; a backup keeps the old password. */
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
