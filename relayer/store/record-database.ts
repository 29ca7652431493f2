import { DatabaseSync, type StatementResultingChanges, type StatementSync } from 'node:sqlite';

import { PegwayError, messageOf } from '../../protocol/errors.ts';

/** Notified of the outcome of each write. */
export interface DiskWatch {
  written(): void;
  failed(error: PegwayError): void;
}

/** Primary result codes of SQLite for a failing disk: full, I/O error, read-only, cannot open. */
const DISK_ERRORS = new Set([13, 10, 8, 14]);

/** The subset that free space resolves: full, or a failed write. */
const DISK_FULL_ERRORS = new Set([13, 10]);

/** SQLite's primary result code. */
const codeIn = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/** True when a write failed for lack of space, so that a retry may succeed. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof PegwayError && error.code === 'disk-full' && DISK_FULL_ERRORS.has(codeIn(error.cause) ?? -1);

/**
 * A database that reports disk failures: a failed write throws a `PegwayError` with the code `disk-full`, and the
 * action that it records must not happen. Every write is tried again, so work resumes as soon as there is space.
 */
export class RecordDatabase extends DatabaseSync {
  readonly #watch: DiskWatch | undefined;

  constructor(path: string, watch?: DiskWatch) {
    super(path);
    this.#watch = watch;
  }

  override exec(sql: string): void {
    this.#write(() => super.exec(sql));
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql);
    const run = statement.run.bind(statement) as (...parameters: unknown[]) => StatementResultingChanges;
    statement.run = (...parameters: unknown[]) => this.#write(() => run(...parameters));
    return statement;
  }

  /** Runs `action` in a transaction. */
  transaction(action: () => void): void {
    this.exec('BEGIN IMMEDIATE');
    try {
      action();
      this.exec('COMMIT');
    } catch (error) {
      // SQLite may have rolled back by itself after a failed write.
      if (this.isTransaction) super.exec('ROLLBACK');
      throw error;
    }
  }

  /** Writes without a change, to detect a full disk before a record needs it, and free space soon after. */
  probe(): void {
    try {
      this.exec('PRAGMA user_version = 1');
    } catch {
      // The watch has been notified.
    }
  }

  #write<T>(action: () => T): T {
    try {
      const result = action();
      // Inside a transaction nothing has reached the disk yet.
      if (!this.isTransaction) this.#watch?.written();
      return result;
    } catch (cause) {
      const code = codeIn(cause);
      if (code === undefined || !DISK_ERRORS.has(code)) throw cause;
      const error = new PegwayError(`the data folder takes no records: ${messageOf(cause)}`, {
        cause,
        code: 'disk-full',
        hint: 'make room on the disk of dataDir; nothing is signed or sent before it can be recorded, and it goes on by itself',
      });
      this.#watch?.failed(error);
      throw error;
    }
  }
}
