import { DatabaseSync, type StatementResultingChanges, type StatementSync } from 'node:sqlite';

import { PegwayError, messageOf } from '../../protocol/errors.ts';

/** Told what became of what was to be written. */
export interface DiskWatch {
  written(): void;
  failed(error: PegwayError): void;
}

/** Primary result codes of SQLite that say that the disk did not take something: no room, an error, read-only, not there. */
const DISK_ERRORS = new Set([13, 10, 8, 14]);

/** Those of them that end when somebody makes room: none, or an error of writing. */
const DISK_FULL_ERRORS = new Set([13, 10]);

/** SQLite's primary result code. */
const codeIn = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/** Whether the disk took nothing, and may again when there is room. */
export const isDiskFull = (error: unknown): boolean =>
  error instanceof PegwayError && error.code === 'disk-full' && DISK_FULL_ERRORS.has(codeIn(error.cause) ?? -1);

/**
 * A database that knows what the disk refused: then it throws a `PegwayError` with the code `disk-full`, and what was to be
 * recorded must not happen. Each write is tried anew, so all goes on as soon as there is room.
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

  /** All of it is written, or nothing. */
  transaction(action: () => void): void {
    this.exec('BEGIN IMMEDIATE');
    try {
      action();
      this.exec('COMMIT');
    } catch (error) {
      // After a write that the disk refused, SQLite may have rolled back by itself.
      if (this.isTransaction) super.exec('ROLLBACK');
      throw error;
    }
  }

  /** Writes what changes nothing, so that a full disk is known before a record needs it, and room as soon as there is some. */
  probe(): void {
    try {
      this.exec('PRAGMA user_version = 1');
    } catch {
      // The watch was told.
    }
  }

  #write<T>(action: () => T): T {
    try {
      const result = action();
      // Inside a transaction nothing is on the disk yet.
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
