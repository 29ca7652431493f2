import { resolve } from 'node:path';

import { readKeystoreFile } from '../../relayer/keys/keystore.ts';
import { readPasswordFile } from '../../relayer/keys/password.ts';
import { parsePrivateKey } from '../../relayer/keys/secp256k1.ts';
import { requireAbsent } from '../../relayer/keys/secret-file.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { storeKey } from './new-key.ts';
import { type PasswordFlags, existingPassword, prompt } from './passwords.ts';

interface ImportFlags extends PasswordFlags {
  readonly privateKeyFile?: string;
  readonly fromKeystore?: string;
  readonly fromPasswordFile?: string;
  readonly domain?: string;
  readonly json: boolean;
}

async function readKey({ privateKeyFile, fromKeystore, fromPasswordFile }: ImportFlags): Promise<Uint8Array> {
  if (fromKeystore !== undefined) {
    const flags = fromPasswordFile === undefined ? {} : { passwordFile: fromPasswordFile };
    return readKeystoreFile(resolve(fromKeystore), () => existingPassword(flags, fromKeystore));
  }
  if (privateKeyFile !== undefined) return parsePrivateKey(readPasswordFile(resolve(privateKeyFile), 'private key'));
  return parsePrivateKey(await prompt('Private key'));
}

/** `pegway keys import` */
export async function importKey(file: string, flags: ImportFlags, io: Io): Promise<void> {
  requireAbsent(resolve(file), 'key file');
  const made = await storeKey(await readKey(flags), file, flags);
  openOutput(flags.json, io).result(`${made.address}  ${made.key}`, made);
}
