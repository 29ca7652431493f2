import { resolve } from 'node:path';

import { KeyError, usageError } from '../key-error.ts';
import type { KeyUri } from '../key-uri.ts';
import { type PasswordOptions, readDescriptor, readPasswordFile, requireNonEmpty } from '../password.ts';
import { Cryptoki, type Handle, type Library } from './cryptoki.ts';
import { openSession } from './token.ts';
import { nameOfToken, parsePkcs11Uri, type Pkcs11Uri } from './uri.ts';

/** An HSM token with its PIN: everything needed to open sessions. */
export interface Hsm {
  readonly cryptoki: Cryptoki;
  readonly uri: Pkcs11Uri;
  readonly pin: string;
}

export async function openHsm(
  { path, query }: Pick<KeyUri, 'path'> & { query: string },
  options: PasswordOptions,
): Promise<Hsm> {
  const parsed = parsePkcs11Uri(path, query);
  // A bare file name is left to the search path of the system.
  const uri = parsed.modulePath.includes('/')
    ? { ...parsed, modulePath: resolve(options.directory, parsed.modulePath) }
    : parsed;
  const cryptoki = await Cryptoki.open(uri.modulePath);
  try {
    return { cryptoki, uri, pin: await readPin(uri, options) };
  } catch (error) {
    await cryptoki.close();
    throw error;
  }
}

/** Runs `work` in a session of its own. */
export async function withSession<T>(
  { cryptoki, uri, pin }: Hsm,
  work: (library: Library, session: Handle) => Promise<T> | T,
): Promise<T> {
  try {
    return await cryptoki.use(async (library) => {
      const session = openSession(cryptoki, library, uri, pin);
      try {
        return await work(library, session);
      } finally {
        library.C_CloseSession(session);
      }
    });
  } catch (error) {
    if (error instanceof KeyError) throw error;
    throw cryptoki.failure(nameOfToken(uri), error);
  }
}

/** Reads the PIN from the URI (`pin-value`, `pin-source=file:FILE` or `fd:N`), else from the password source. */
export async function readPin(uri: Pkcs11Uri, options: PasswordOptions): Promise<string> {
  const { pinValue, pinSource } = uri;
  if (pinValue !== undefined) return requireNonEmpty(pinValue, 'pin-value', 'PIN');
  if (pinSource === undefined)
    return requireNonEmpty(await options.password(`PIN of ${nameOfToken(uri)}`), 'as entered', 'PIN');
  if (pinSource.startsWith('fd:')) return requireNonEmpty(readDescriptor(pinSource.slice(3)), pinSource, 'PIN');
  // RFC 7512 leaves programs (`|command`) to the implementer; Pegway starts none.
  if (pinSource.startsWith('|'))
    throw usageError('pkcs11: pin-source is a file (file:FILE) or a descriptor (fd:N), no program');
  const file = pinSource.replace(/^file:(\/\/(?=\/))?/, '');
  return readPasswordFile(resolve(options.directory, file), 'PIN');
}
