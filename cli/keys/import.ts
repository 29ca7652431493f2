import { resolve } from 'node:path';

import type { Command } from 'commander';

import { readKeystoreFile } from '../../relayer/keys/keystore.ts';
import { readPasswordFile } from '../../relayer/keys/password.ts';
import { parsePrivateKey } from '../../relayer/keys/secp256k1.ts';
import { requireAbsent } from '../../relayer/keys/secret-file.ts';
import { openOutput } from '../output.ts';
import { storeKey } from './new.ts';
import { existingPassword, type PasswordFlags, prompt } from './passwords.ts';

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

export function registerImport(keys: Command): void {
  keys
    .command('import')
    .summary('put a key that is there into a keystore')
    .description(
      'Puts a private key into a new keystore, or an envelope (--domain). The key is asked for without echo; it is never an argument, because other users can see arguments.',
    )
    .argument('<file>', 'the file to make; one that is there is never overwritten')
    .option('--private-key-file <file>', 'the private key is in this file (mode 0600), as hex')
    .option('--from-keystore <file>', 'the private key is in this keystore')
    .option('--from-password-file <file>', 'the password of --from-keystore is in this file (mode 0600)')
    .option('--password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--password-fd <n>', 'the new password comes from this file descriptor')
    .option('--domain <uri>', 'make an envelope under the domain key that this pkcs11: URI names')
    .option('--json', 'one line of JSON', false)
    .addHelpText(
      'after',
      '\nExample:\n  pegway keys import /etc/pegway/attest.json --from-keystore UTC--2026-01-01--0123',
    )
    .action(async (file: string, flags: ImportFlags) => {
      requireAbsent(resolve(file), 'key file');
      const made = await storeKey(await readKey(flags), file, flags);
      openOutput(flags.json).result(`${made.address}  ${made.key}`, made);
    });
}
