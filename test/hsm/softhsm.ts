// A SoftHSM of the test file's own: tokens in a folder that goes away with it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const pin = '2468-pin-of-the-user';

export const library =
  [
    '/usr/lib/softhsm/libsofthsm2.so',
    '/usr/lib64/softhsm/libsofthsm2.so',
    '/usr/lib64/pkcs11/libsofthsm2.so',
    '/usr/local/lib/softhsm/libsofthsm2.so',
    '/opt/homebrew/lib/softhsm/libsofthsm2.so',
  ].find((path) => existsSync(path)) ?? 'libsofthsm2.so';

export interface SoftHsm {
  readonly folder: string;
  /** Where the tokens are kept; while it is renamed, the HSM is unplugged. */
  readonly tokens: string;
  readonly pinFile: string;
  /** A key URI for an object of the token `pegway`. */
  readonly uri: (object: string) => string;
  readonly remove: () => void;
}

/** Must be called before the library is loaded for the first time: it reads its settings once. */
export function makeSoftHsm(): SoftHsm {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-softhsm-'));
  const tokens = join(folder, 'tokens');
  mkdirSync(tokens);
  const settings = join(folder, 'softhsm2.conf');
  writeFileSync(settings, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env.SOFTHSM2_CONF = settings;
  const made = ['--init-token', '--free', '--label', 'pegway', '--pin', pin, '--so-pin', '13579'];
  execFileSync('softhsm2-util', made, { stdio: 'ignore' });

  const pinFile = join(folder, 'pin');
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  return {
    folder,
    tokens,
    pinFile,
    uri: (object) => `pkcs11:token=pegway;object=${object}?module-path=${library}&pin-source=file:${pinFile}`,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
