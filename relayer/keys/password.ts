import { closeSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { KeyError, usageError } from './key-error.ts';
import { readSecretFile } from './secret-file.ts';

/** Supplies a password that the key URI does not locate. */
export type PasswordSource = (question: string) => Promise<string>;

export interface PasswordOptions {
  /** Used when the URI names neither a file nor a file descriptor. */
  readonly password: PasswordSource;
  /** Base directory of relative paths. */
  readonly directory: string;
}

export const passwordKeys = ['password-file', 'password-fd'] as const;

/** Editors and `echo` add one line end, which is not part of the password. */
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

/** Reads the password from the URI's `password-file` or `password-fd`, else from the password source. */
export async function readPassword(query: URLSearchParams, what: string, options: PasswordOptions): Promise<string> {
  const file = query.get('password-file');
  const descriptor = query.get('password-fd');
  if (file !== null && descriptor !== null) throw usageError('the key URI has both password-file and password-fd');
  if (file !== null) return readPasswordFile(resolve(options.directory, file));
  if (descriptor !== null) return requireNonEmpty(readDescriptor(descriptor), `file descriptor ${descriptor}`);
  return requireNonEmpty(await options.password(`Password of ${what}`), 'as entered');
}

/** Prompts at the terminal without echo. The question goes to stderr, so that stdout holds only results. */
export async function promptHidden(question: string, signal?: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw usageError(`${question} cannot be prompted for: there is no terminal`, {
      hint: 'add ?password-file=FILE or ?password-fd=N to the key URI',
    });
  }
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  // `terminal: true` turns the terminal's own echo off, and readline's echo is discarded.
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  // Printed only now: earlier input would be echoed.
  process.stderr.write(`${question}: `);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => {
        reject(new KeyError(`${question}: nothing was entered`));
      };
      const interrupt = () => {
        reject(new KeyError('interrupted', { exitCode: 130 }));
      };
      lines.once('line', resolve).once('SIGINT', interrupt).once('close', stop);
      signal?.addEventListener('abort', stop, { once: true });
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
