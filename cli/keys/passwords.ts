import { resolve } from 'node:path';

import { usageError } from '../../relayer/keys/key-error.ts';
import { type PasswordSource, promptHidden, readPassword, readPasswordFile } from '../../relayer/keys/password.ts';

export interface PasswordFlags {
  readonly passwordFile?: string;
  readonly passwordFd?: string;
}

export const prompt: PasswordSource = (question) => promptHidden(question);

/** A password that is there already, from the file, the descriptor or the terminal. */
export async function existingPassword({ passwordFile, passwordFd }: PasswordFlags, what: string): Promise<string> {
  const query = new URLSearchParams();
  if (passwordFile !== undefined) query.set('password-file', passwordFile);
  if (passwordFd !== undefined) query.set('password-fd', passwordFd);
  return readPassword(query, what, { password: prompt, directory: '.' });
}

/** A new password: typed twice, because a typing error would cost the key. */
export async function newPassword(flags: PasswordFlags, what: string): Promise<string> {
  if (flags.passwordFile !== undefined) return readPasswordFile(resolve(flags.passwordFile));
  if (flags.passwordFd !== undefined) return existingPassword(flags, what);
  const first = await prompt(`New password of ${what}`);
  if (first === '') throw usageError('the password is empty', { hint: 'a key needs a password' });
  if ((await prompt('The same again')) !== first) throw usageError('the two passwords differ');
  return first;
}
