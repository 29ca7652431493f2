import { resolve } from 'node:path';

import { usageError } from '../key-error.ts';
import { type PasswordOptions, readDescriptor, readPasswordFile, requireNonEmpty } from '../password.ts';
import { nameOfToken, type Pkcs11Uri } from './pkcs11-uri.ts';

/** The PIN that the URI names (`pin-value`, `pin-source=file:FILE` or `fd:N`), else the one that is asked for. */
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
