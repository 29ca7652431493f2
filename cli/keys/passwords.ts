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

/** A new password: typed twice, because a typing error would cost the key, and again after a mistake. */
export async function newPassword(flags: PasswordFlags, what: string): Promise<string> {
  if (flags.passwordFile !== undefined) return strong(readPasswordFile(resolve(flags.passwordFile)));
  if (flags.passwordFd !== undefined) return strong(await existingPassword(flags, what));
  for (;;) {
    const first = await prompt(`New password of ${what}`);
    const weakness = weaknessOf(first);
    if (weakness === undefined && (await prompt('The same again')) === first) return first;
    const problem = weakness === undefined ? `the two passwords differ; ${DIFFER_HINT}` : `${weakness}; ${HINT}`;
    process.stderr.write(`  ${problem}\n`);
  }
}

/** A copied keystore can be attacked offline for years, however slow scrypt makes each guess. */
const SHORTEST = 12;
/** A password of fewer different characters is a run or a repetition. */
const FEWEST_DIFFERENT = 6;
const HINT = 'use a password manager, or several random words: openssl rand -base64 24 > FILE';
const DIFFER_HINT = 'nothing was written: enter the new password again, twice';

/** Why a new password is too easy to guess. SECURITY: the password is not printed. */
function weaknessOf(password: string): string | undefined {
  const { length } = password;
  if (length < SHORTEST) return `the password is too short: ${length} characters, expected at least ${SHORTEST}`;
  if (new Set(password).size >= FEWEST_DIFFERENT) return undefined;
  return `the password repeats itself: expected at least ${FEWEST_DIFFERENT} different characters`;
}

/** @throws {KeyError} exit code 2 when a new password is too easy to guess. */
function strong(password: string): string {
  const problem = weaknessOf(password);
  if (problem !== undefined) throw usageError(problem, { hint: HINT });
  return password;
}
