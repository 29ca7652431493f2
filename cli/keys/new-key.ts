import { resolve } from 'node:path';

import type { Address } from 'viem';

import { createEnvelopeFile } from '../../relayer/keys/envelope/file.ts';
import { usageError } from '../../relayer/keys/key-error.ts';
import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import { createKeystoreFile } from '../../relayer/keys/keystore.ts';
import { generateHsmKey } from '../../relayer/keys/pkcs11/ec-key.ts';
import { generatePrivateKey } from '../../relayer/keys/secp256k1.ts';
import { requireAbsent } from '../../relayer/keys/secret-file.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type PasswordFlags, newPassword, prompt } from './passwords.ts';

interface NewFlags extends PasswordFlags {
  readonly hsm?: string;
  readonly domain?: string;
  readonly json: boolean;
}

interface Made {
  readonly address: Address;
  /** The key URI for the configuration. */
  readonly key: string;
}

/** Puts a private key into a file, as a keystore or an envelope, and wipes the bytes. */
export async function storeKey(
  privateKey: Uint8Array,
  file: string,
  flags: Omit<NewFlags, 'hsm' | 'json'>,
): Promise<Made> {
  try {
    if (flags.domain !== undefined) {
      const options = { password: prompt, directory: '.' };
      return {
        address: await createEnvelopeFile(resolve(file), privateKey, flags.domain, options),
        key: `envelope:${file}`,
      };
    }
    const password = await newPassword(flags, file);
    return { address: await createKeystoreFile(resolve(file), privateKey, password), key: `keystore:${file}` };
  } finally {
    privateKey.fill(0);
  }
}

async function make(file: string | undefined, flags: NewFlags): Promise<Made> {
  if (flags.hsm !== undefined) {
    if (file !== undefined || flags.domain !== undefined)
      throw usageError('--hsm makes the key in the HSM: no file, no --domain');
    return { address: await generateHsmKey(flags.hsm, { allowPlain: false }), key: redactKeyUri(flags.hsm) };
  }
  if (file === undefined) throw usageError('name the file to make, or an HSM with --hsm URI');
  requireAbsent(resolve(file), 'key file');
  return storeKey(generatePrivateKey(), file, flags);
}

/** `pegway keys new` */
export async function makeKey(file: string | undefined, flags: NewFlags, io: Io): Promise<void> {
  const made = await make(file, flags);
  openOutput(flags.json, io).result(`${made.address}  ${made.key}`, made);
}
