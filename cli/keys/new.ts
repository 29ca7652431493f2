import { resolve } from 'node:path';

import type { Command } from 'commander';
import type { Address } from 'viem';

import { createEnvelopeFile } from '../../relayer/keys/envelope/file.ts';
import { usageError } from '../../relayer/keys/key-error.ts';
import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import { createKeystoreFile } from '../../relayer/keys/keystore.ts';
import { generateHsmKey } from '../../relayer/keys/pkcs11/ec-key.ts';
import { generatePrivateKey } from '../../relayer/keys/secp256k1.ts';
import { requireAbsent } from '../../relayer/keys/secret-file.ts';
import { openOutput } from '../output.ts';
import { newPassword, type PasswordFlags, prompt } from './passwords.ts';

interface NewFlags extends PasswordFlags {
  readonly hsm?: string;
  readonly domain?: string;
  readonly json: boolean;
}

interface Made {
  readonly address: Address;
  /** What goes into the configuration. */
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

export function registerNew(keys: Command): void {
  keys
    .command('new')
    .summary('make a new key')
    .description('Makes a new key: in a keystore file, in an HSM (--hsm), or in an envelope file (--domain).')
    .argument('[file]', 'the file to make; one that is there is never overwritten')
    .option('--password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--password-fd <n>', 'the new password comes from this file descriptor')
    .option('--hsm <uri>', 'make the key in the HSM that this pkcs11: URI names, under its object=')
    .option('--domain <uri>', 'make an envelope under the domain key that this pkcs11: URI names')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  pegway keys new /etc/pegway/attest.json
  pegway keys new --hsm 'pkcs11:token=pegway;object=attest?module-path=/usr/lib/softhsm/libsofthsm2.so'`,
    )
    .action(async (file: string | undefined, flags: NewFlags) => {
      const made = await make(file, flags);
      openOutput(flags.json).result(`${made.address}  ${made.key}`, made);
    });
}
