import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { DatabaseSync } from 'node:sqlite';

import { PegwayError } from '../../protocol/errors.ts';

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
}

/** SQLite's primary result codes. */
const BUSY = 5;
const NOT_A_DATABASE = 26;

/** The kernel grants the lock before its holder's name is written: a refused process reads the name again so often. */
const READINGS = 50;
const READING_MILLISECONDS = 10;

/**
 * Takes a lock for this process. It is a lock of the kernel (SQLite's write lock on an empty database), not the file's presence:
 * taking it is atomic, it ends with its process however that ends, and it holds across containers that share the folder. The
 * file stays empty; `FILE.holder` beside it names the holder for people. Releasing removes both.
 *
 * Do not read the lock file in the process that holds it: closing any descriptor of it drops POSIX locks.
 *
 * @param refuse Builds the error from the holder in words, such as `process 12 on host-a`.
 * @returns Releases the lock. Keep it reachable: a database that is garbage collected releases its lock.
 * @throws what `refuse` returns while another process holds the lock, or this one a second time.
 */
export function takeLock(file: string, refuse: (holder: string) => Error): () => void {
  const nameFile = `${file}.holder`;
  for (let reading = 1; ; reading++) {
    const database = lock(file);
    if (database !== undefined) {
      writeHolder(nameFile);
      return () => {
        // Before the lock ends, or they could be the next holder's.
        removeIfPossible(nameFile);
        removeIfPossible(file);
        database.close();
      };
    }
    const holder = readHolder(nameFile);
    const isKnown = holder !== undefined && !isLeftover(holder);
    if (isKnown) throw refuse(`process ${holder.pid} on ${holder.host}`);
    if (reading === READINGS) throw refuse('another process');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READING_MILLISECONDS);
  }
}

/** Undefined while another process holds it. */
function lock(file: string): DatabaseSync | undefined {
  for (;;) {
    const before = identityOf(file) ?? create(file);
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      // No journal file: nothing is ever written.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    } catch (error) {
      database.close();
      if (codeOf(error) === BUSY) return undefined;
      if (codeOf(error) === NOT_A_DATABASE) throw notALock(file, error);
      throw error;
    }
    // A holder that was releasing may have removed the file in between: a lock on a removed file excludes no other process.
    if (before !== undefined && identityOf(file) === before) return database;
    database.close();
  }
}

/** Distinguishes a file from its replacement under the same name; undefined when there is none. */
function identityOf(file: string): string | undefined {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}

function create(file: string): string | undefined {
  try {
    writeFileSync(file, '', { flag: 'wx' });
  } catch (error) {
    // Another process was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return identityOf(file);
}

/** SQLite's primary result code. */
const codeOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

const notALock = (file: string, cause: unknown): PegwayError =>
  new PegwayError(`${file} is not a lock file of this release`, {
    cause,
    exitCode: 2,
    hint: 'make sure that no other process uses the folder, then delete the file',
  });

/** Best effort: a leftover file locks nothing. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Some systems remove no file that is open.
  }
}

/** Best effort: on a full disk the lock holds without a name. */
function writeHolder(nameFile: string): void {
  const holder: LockHolder = { pid: process.pid, host: hostname() };
  const draft = `${nameFile}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify(holder));
    renameSync(draft, nameFile);
  } catch {
    removeIfPossible(draft);
    removeIfPossible(nameFile);
  }
}

function readHolder(nameFile: string): LockHolder | undefined {
  try {
    const { pid, host } = JSON.parse(readFileSync(nameFile, 'utf8')) as Partial<Record<keyof LockHolder, unknown>>;
    return typeof pid === 'number' && typeof host === 'string' ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

/** True if the named process ended without removing the file. Unknown for other hosts. */
function isLeftover({ pid, host }: LockHolder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: it lives, as another user.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
