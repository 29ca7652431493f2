import { resolve } from 'node:path';

import { redactKeyUri } from '../../relayer/keys/key-uri.ts';
import { changePassword } from '../../relayer/keys/keystore.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type PasswordFlags, existingPassword, newPassword } from './passwords.ts';

/** `pegway keys address` */
export async function showAddress(uri: string, flags: { json: boolean }, io: Io): Promise<void> {
  const signer = await openSigner(uri, { allowPlain: false });
  try {
    // No statement of a bridge begins with this byte: the signature is good for nothing.
    await signer.sign('0x00');
    openOutput(flags.json, io).result(signer.address, { address: signer.address, key: redactKeyUri(uri) });
  } finally {
    await signer.close();
  }
}

interface ChangeFlags extends PasswordFlags {
  readonly newPasswordFile?: string;
  readonly json: boolean;
}

/** `pegway keys change-password` */
export async function changeKeyPassword(file: string, flags: ChangeFlags, io: Io): Promise<void> {
  const next = flags.newPasswordFile === undefined ? {} : { passwordFile: flags.newPasswordFile };
  const address = await changePassword(
    resolve(file),
    () => existingPassword(flags, file),
    () => newPassword(next, file),
  );
  openOutput(flags.json, io).result(`${address}  keystore:${file}`, { address, key: `keystore:${file}` });
}
