import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Snapshot, type SnapshotFile, toSnapshot, toSnapshotFile } from '../../protocol/exits/snapshot.ts';

/** Snapshots on disk, by height; one a height. */
export interface SnapshotFolder {
  /** Heights, ascending. */
  readonly heights: () => readonly bigint[];
  readonly read: (height: bigint) => Snapshot | undefined;
  /** The file's text, as it is served. */
  readonly text: (height: bigint) => string | undefined;
  readonly write: (snapshot: Snapshot) => void;
  readonly remove: (height: bigint) => void;
}

const NAME = /^(\d+)\.json$/;

export function openSnapshotFolder(directory: string): SnapshotFolder {
  const fileOf = (height: bigint) => join(directory, `${height}.json`);
  const text = (height: bigint): string | undefined => {
    try {
      return readFileSync(fileOf(height), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  };
  mkdirSync(directory, { recursive: true });
  return {
    text,
    heights: () =>
      readdirSync(directory)
        .flatMap((name) => NAME.exec(name)?.[1] ?? [])
        .map(BigInt)
        .sort((a, b) => (a < b ? -1 : 1)),
    read(height) {
      const found = text(height);
      return found === undefined ? undefined : toSnapshot(JSON.parse(found) as SnapshotFile);
    },
    write(snapshot) {
      const file = fileOf(snapshot.number);
      writeFileSync(`${file}.new`, JSON.stringify(toSnapshotFile(snapshot)));
      renameSync(`${file}.new`, file);
    },
    remove: (height) => rmSync(fileOf(height), { force: true }),
  };
}
