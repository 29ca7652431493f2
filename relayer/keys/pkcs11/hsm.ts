import { resolve } from 'node:path';

import { KeyError } from '../key-error.ts';
import type { KeyUri } from '../key-uri.ts';
import type { PasswordOptions } from '../password.ts';
import { Cryptoki, type Handle, type Library } from './cryptoki.ts';
import { readPin } from './pin.ts';
import { nameOfToken, parsePkcs11Uri, type Pkcs11Uri } from './pkcs11-uri.ts';
import { openSession } from './token.ts';

/** A logged-in place in an HSM: what is needed to open a session there, again and again. */
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
  // Only the name of a file in a folder is left to the system's search path.
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

/** One session, for as long as the work takes. */
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
