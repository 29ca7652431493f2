import { resolve } from 'node:path';

import { usageError } from './key-error.ts';
import { decodePath, type KeyUri, parseKeyUri, parseOptions } from './key-uri.ts';
import { readKeystoreFile } from './keystore.ts';
import { localSigner } from './local-signer.ts';
import { passwordKeys, promptHidden, readPassword } from './password.ts';
import type { OpenContext, OpenOptions, Signer } from './signer.ts';

export type { OpenOptions };

function openPlain({ path }: KeyUri, allowPlain: boolean): Signer {
  if (!allowPlain) {
    throw usageError('a key in the clear (plain:) is allowed on a devnet only', {
      hint: 'create a keystore: pegway keys new FILE; docs/keys.md describes the alternatives',
    });
  }
  if (!/^0x[0-9a-f]{64}$/i.test(path))
    throw usageError('plain: is followed by 0x and 64 hex digits; this is not (not shown)');
  return localSigner(Uint8Array.from(Buffer.from(path.slice(2), 'hex')));
}

async function openKeystore(uri: KeyUri, context: OpenContext): Promise<Signer> {
  const query = parseOptions(uri, passwordKeys);
  const file = resolve(context.directory, decodePath(uri.path));
  return localSigner(await readKeystoreFile(file, () => readPassword(query, file, context)));
}

/**
 * Opens the key of a URI: `keystore:FILE`, `pkcs11:…`, `web3signer:URL`, `awskms:KEY`, `envelope:FILE`, and on a devnet
 * `plain:0x…`. Libraries of a back end are loaded only for its scheme.
 * @throws {KeyError} with exit code 2 when the URI, the password or the key is wrong.
 */
export async function openSigner(text: string, options: OpenOptions): Promise<Signer> {
  const uri = parseKeyUri(text);
  const { signal, directory = '.' } = options;
  const context: OpenContext = {
    password: options.password ?? ((question) => promptHidden(question, signal)),
    directory,
    signal,
  };
  switch (uri.scheme) {
    case 'plain':
      return openPlain(uri, options.allowPlain);
    case 'keystore':
      return openKeystore(uri, context);
    case 'pkcs11':
      return (await import('./pkcs11/pkcs11-signer.ts')).openPkcs11(uri, context);
    case 'web3signer':
      return (await import('./web3signer.ts')).openWeb3Signer(uri, context);
    case 'awskms':
      return (await import('./awskms.ts')).openAwsKms(uri, context);
    case 'envelope':
      return (await import('./envelope/file.ts')).openEnvelopeFile(uri, context);
  }
}
