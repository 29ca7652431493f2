import type { Address } from 'viem';

import { usageError } from './key-error.ts';
import { parseKeyUri } from './key-uri.ts';
import type { OpenOptions } from './open-options.ts';
import { promptHidden } from './prompt.ts';

/** Makes a signing key in the HSM that a `pkcs11:` URI names, under the label in `object=`. */
export async function generateHsmKey(
  text: string,
  { password = promptHidden, directory = '.' }: OpenOptions,
): Promise<Address> {
  const uri = parseKeyUri(text);
  if (uri.scheme !== 'pkcs11') throw usageError(`a key in an HSM is named by pkcs11:, this is ${uri.scheme}:`);
  const { openHsm, withSession } = await import('./pkcs11/hsm.ts');
  const { generateEcKey } = await import('./pkcs11/ec-key.ts');
  const hsm = await openHsm(uri, { password, directory });
  try {
    const key = await withSession(hsm, (library, session) => generateEcKey(hsm.cryptoki, library, session, hsm.uri));
    return key.address;
  } finally {
    await hsm.cryptoki.close();
  }
}
