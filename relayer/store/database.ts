import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { takeLock } from './lock.ts';
import { type DiskWatch, RecordDatabase, isDiskFull } from './record-database.ts';

const RECORDS = 'pegway.sqlite';
const LOCK = 'relayer.lock';

/**
 * Locks the data folder for this relayer until closed. Two relayers in one folder would share its records and use the
 * same account's nonces. Commands that only read, or accept a content, need no lock.
 * @throws {PegwayError} exit code 2, naming the holder, while another process holds the folder; or when it is unusable.
 */
export function lockDataFolder(dataDir: string): { close(): void } {
  const release = using(dataDir, () =>
    takeLock(
      join(dataDir, LOCK),
      (holder) =>
        new PegwayError(`the data folder ${dataDir} is in use by ${holder}`, {
          exitCode: 2,
          hint: 'stop that relayer first, or set dataDir to a folder of its own',
        }),
    ),
  );
  return { close: release };
}

/**
 * Opens the records of the data folder. All of them can be rebuilt from the chains, except the signing history: its
 * loss costs the warning of a second content, never money.
 * @throws {PegwayError} exit code 2 when the folder is unusable; `disk-full` when the disk has no space now.
 */
export const openDatabase = (dataDir: string, watch?: DiskWatch): RecordDatabase =>
  // Records are written before the action that they record, so they must be on disk when the call returns.
  open(dataDir, RECORDS, 'FULL', watch);

export const databaseFile = (dataDir: string): string => join(dataDir, RECORDS);

/**
 * Opens the transfer history, separate from the records: it is written often, and a crash loses only entries that are
 * indexed again.
 */
export const openHistoryDatabase = (dataDir: string): RecordDatabase => open(dataDir, 'history.sqlite', 'NORMAL');

const WEBHOOKS = 'webhooks.sqlite';

/** Opens the records of webhooks. A crash loses only the newest, so that some events are sent again. */
export const openWebhookDatabase = (dataDir: string): RecordDatabase => open(dataDir, WEBHOOKS, 'NORMAL');

export const webhookFile = (dataDir: string): string => join(dataDir, WEBHOOKS);

const open = (dataDir: string, name: string, synchronous: 'FULL' | 'NORMAL', watch?: DiskWatch): RecordDatabase =>
  using(dataDir, () => {
    const database = new RecordDatabase(join(dataDir, name), watch);
    try {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA busy_timeout = 5000;`);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });

/** Runs an action on the folder, which is created where it does not exist. */
function using<T>(dataDir: string, action: () => T): T {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return action();
  } catch (cause) {
    // A full disk may have room again, and a folder in use is usable: neither is a misconfigured folder.
    if (isDiskFull(cause) || (cause instanceof PegwayError && cause.exitCode === 2)) throw cause;
    throw new PegwayError(`cannot use the data folder ${dataDir}: ${messageOf(cause)}`, {
      cause,
      exitCode: 2,
      hint: 'set dataDir to a folder that this user may write',
    });
  }
}
