import { closeSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { wrongUse } from './key-error.ts';
import { readSecretFile } from './secret-file.ts';

/** Where a password comes from when the key URI does not say. */
export type PasswordSource = (question: string) => Promise<string>;

export interface PasswordOptions {
  /** Asked when neither a file nor a file descriptor is named. */
  readonly password: PasswordSource;
  /** What relative paths are relative to. */
  readonly directory: string;
}

export const passwordKeys = ['password-file', 'password-fd'] as const;

/** As editors and `echo` leave it: one line end after the password is not part of it. */
const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

export function refuseEmpty(password: string, source: string): string {
  if (password === '') throw wrongUse(`the password is empty (${source})`, { hint: 'a key needs a password' });
  return password;
}

function readDescriptor(text: string): string {
  const fd = Number(text);
  if (!/^\d{1,4}$/.test(text) || fd < 0) throw wrongUse('password-fd is not the number of a file descriptor');
  try {
    const password = readFileSync(fd, 'utf8');
    if (fd > 2) closeSync(fd);
    return withoutLineEnd(password);
  } catch (cause) {
    throw wrongUse(`cannot read a password from file descriptor ${fd}`, {
      cause,
      hint: `open it when starting, for example ${fd}< <(command that prints the password)`,
    });
  }
}

export function readPasswordFile(path: string): string {
  return refuseEmpty(withoutLineEnd(readSecretFile(path, 'password file')), path);
}

/** The password that a key URI's `password-file` or `password-fd` names, else the one that is asked for. */
export async function readPassword(query: URLSearchParams, what: string, options: PasswordOptions): Promise<string> {
  const file = query.get('password-file');
  const descriptor = query.get('password-fd');
  if (file !== null && descriptor !== null) throw wrongUse('the key URI has both password-file and password-fd');
  if (file !== null) return readPasswordFile(resolve(options.directory, file));
  if (descriptor !== null) return refuseEmpty(readDescriptor(descriptor), `file descriptor ${descriptor}`);
  return refuseEmpty(await options.password(`Password of ${what}`), 'as entered');
}
