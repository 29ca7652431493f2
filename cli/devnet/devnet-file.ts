import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import type { DevnetFile } from './start.ts';

/** @throws {PegwayError} exit code 2 when no devnet is up in that folder. */
export function readDevnetFile(directory: string): DevnetFile {
  const path = join(directory, 'devnet.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as DevnetFile;
  } catch (cause) {
    throw new PegwayError(`no devnet is up in ${directory}: cannot read ${path}`, {
      cause,
      exitCode: 2,
      hint: 'start one with: pegway devnet; or name its folder with --data DIR',
    });
  }
}
