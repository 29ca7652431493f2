import { closeSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { KeyError, usageError } from './key-error.ts';
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

export function requireNonEmpty(secret: string, source: string, what = 'password'): string {
  if (secret === '') throw usageError(`the ${what} is empty (${source})`, { hint: `a key needs a ${what}` });
  return secret;
}

export function readDescriptor(text: string): string {
  const fd = Number(text);
  if (!/^\d{1,4}$/.test(text) || fd < 0) throw usageError('what should name a file descriptor is not a number');
  try {
    const password = readFileSync(fd, 'utf8');
    if (fd > 2) closeSync(fd);
    return withoutLineEnd(password);
  } catch (cause) {
    throw usageError(`cannot read a secret from file descriptor ${fd}`, {
      cause,
      hint: `open it when starting, for example ${fd}< <(command that prints it)`,
    });
  }
}

export function readPasswordFile(path: string, what = 'password'): string {
  return requireNonEmpty(withoutLineEnd(readSecretFile(path, `${what} file`)), path, what);
}

/** The password that a key URI's `password-file` or `password-fd` names, else the one that is asked for. */
export async function readPassword(query: URLSearchParams, what: string, options: PasswordOptions): Promise<string> {
  const file = query.get('password-file');
  const descriptor = query.get('password-fd');
  if (file !== null && descriptor !== null) throw usageError('the key URI has both password-file and password-fd');
  if (file !== null) return readPasswordFile(resolve(options.directory, file));
  if (descriptor !== null) return requireNonEmpty(readDescriptor(descriptor), `file descriptor ${descriptor}`);
  return requireNonEmpty(await options.password(`Password of ${what}`), 'as entered');
}

/** Asks at the terminal without echo. The question goes to stderr, so that stdout stays the command's result. */
export async function promptHidden(question: string, signal?: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw usageError(`${question} cannot be asked for: there is no terminal`, {
      hint: 'add ?password-file=FILE or ?password-fd=N to the key URI',
    });
  }
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  // `terminal: true` takes the terminal out of its own echo; what readline would echo goes nowhere.
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  // Asked only now: what is typed sooner would be echoed.
  process.stderr.write(`${question}: `);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => {
        reject(new KeyError(`${question}: nothing was entered`));
      };
      lines.once('line', resolve).once('SIGINT', stop).once('close', stop);
      signal?.addEventListener('abort', stop, { once: true });
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
