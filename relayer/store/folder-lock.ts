import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { RecordDatabase, isNoRoom } from './record-database.ts';

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for one relayer on this host. The lock is one of the operating system on an open file, so that it ends
 * with the process, however that ends, and holds between containers that mount the same volume.
 * @throws {PegwayError} exit code 2 when another relayer holds it, or the folder cannot be used; `disk-full`.
 */
export function lockFolder(dataDir: string): { close(): void } {
  let lock: RecordDatabase | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    lock = new RecordDatabase(join(dataDir, 'lock.sqlite'));
    // Nothing is written: no journal, and so no room on the disk, is needed.
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
    return lock;
  } catch (cause) {
    lock?.close();
    if (cause instanceof Error && 'errcode' in cause && Number(cause.errcode) === SQLITE_BUSY) {
      throw new PegwayError(`the data folder ${dataDir} is in use by another relayer on this host`, {
        cause,
        exitCode: 2,
        hint: 'stop that one first; a standby needs a data folder of its own and a Redis that both use (`queue`)',
      });
    }
    if (isNoRoom(cause)) throw cause;
    throw new PegwayError(`cannot use the data folder ${dataDir}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'set dataDir to a folder that this user may write',
    });
  }
}
