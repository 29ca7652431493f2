import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type DiskWatch, RecordDatabase, isDiskFull } from './record-database.ts';

const RECORDS = 'pegway.sqlite';

/**
 * The data folder's one database of records. All of it can be rebuilt from the chains, but for the journal of what was signed,
 * whose loss costs the warning of a second content, never money.
 * @throws {PegwayError} exit code 2 when the folder cannot be used; `disk-full` when there is no room now.
 */
export const openDatabase = (dataDir: string, watch?: DiskWatch): RecordDatabase =>
  // Records are written before what they record happens, so they must be on the disk when the call returns.
  open(dataDir, RECORDS, 'FULL', watch);

export const databaseFile = (dataDir: string): string => join(dataDir, RECORDS);

/** History for people, apart from the records: it is written often, and what a crash takes of it is read back. */
export const openHistoryDatabase = (dataDir: string): RecordDatabase => open(dataDir, 'history.sqlite', 'NORMAL');

function open(dataDir: string, name: string, synchronous: 'FULL' | 'NORMAL', watch?: DiskWatch): RecordDatabase {
  let database: RecordDatabase | undefined;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    database = new RecordDatabase(join(dataDir, name), watch);
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 5000;`);
    return database;
  } catch (cause) {
    database?.close();
    // A disk may have room again; anything else is not as it was configured to be.
    if (isDiskFull(cause)) throw cause;
    throw new PegwayError(`cannot use the data folder ${dataDir}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'set dataDir to a folder that this user may write',
    });
  }
}
