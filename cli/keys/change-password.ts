import { resolve } from 'node:path';

import type { Command } from 'commander';

import { changePassword } from '../../relayer/keys/keystore.ts';
import { openOutput } from '../output.ts';
import { existingPassword, newPassword, type PasswordFlags } from './passwords.ts';

interface ChangeFlags extends PasswordFlags {
  readonly newPasswordFile?: string;
  readonly json: boolean;
}

export function registerChangePassword(keys: Command): void {
  keys
    .command('change-password')
    .summary('give a keystore another password')
    .description('Gives a keystore another password. Backups keep the old one, and so must be made anew.')
    .argument('<file>', 'the keystore')
    .option('--password-file <file>', 'the password of now is in this file (mode 0600)')
    .option('--password-fd <n>', 'the password of now comes from this file descriptor')
    .option('--new-password-file <file>', 'the new password is in this file (mode 0600)')
    .option('--json', 'one line of JSON', false)
    .addHelpText('after', '\nExample:\n  pegway keys change-password /etc/pegway/attest.json')
    .action(async (file: string, flags: ChangeFlags) => {
      const next = flags.newPasswordFile === undefined ? {} : { passwordFile: flags.newPasswordFile };
      const address = await changePassword(
        resolve(file),
        () => existingPassword(flags, file),
        () => newPassword(next, file),
      );
      openOutput(flags.json).result(`${address}  keystore:${file}`, { address, key: `keystore:${file}` });
    });
}
