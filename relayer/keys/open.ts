import { isHex, size } from 'viem';

import { PegwayError } from '../errors.ts';
import { memorySigner } from './plain.ts';
import type { Signer } from './signer.ts';

/**
 * Opens the key that a URI names.
 * @throws {PegwayError} exit code 2; never with anything of the key in it.
 */
export async function openSigner(uri: string, options: { readonly allowPlain: boolean }): Promise<Signer> {
  const scheme = uri.slice(0, uri.indexOf(':'));
  if (scheme === 'plain') return openPlain(uri.slice('plain:'.length), options.allowPlain);
  throw new PegwayError(`key: no back end for "${scheme}:"`, {
    exitCode: 2,
    hint: 'expected plain:0x… (devnet)',
  });
}

function openPlain(privateKey: string, allowed: boolean): Promise<Signer> {
  if (!allowed) {
    throw new PegwayError('key: a key in the clear (plain:) is for a devnet only', {
      exitCode: 2,
      hint: 'keep the key in a keystore; or set "devnet": true if nothing of value is on these chains',
    });
  }
  if (!isHex(privateKey) || size(privateKey) !== 32) {
    throw new PegwayError('key: expected plain:0x and 64 hex digits; what was found is not shown', { exitCode: 2 });
  }
  return Promise.resolve(memorySigner(privateKey));
}
