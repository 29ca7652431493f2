import {
  closeSync,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { usageError } from './key-error.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? 'unknown';

function reason(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
    case 'EPERM':
      return 'this user may not';
    case 'EISDIR':
      return 'it is a folder';
    case 'EEXIST':
      return 'it exists';
    default:
      return codeOf(error);
  }
}

interface Ownership {
  readonly mode: number;
  readonly uid: number;
}

/**
 * True if users other than the owner can access a file. Accepts a root-owned file that is readable by this process's
 * group: Kubernetes and systemd pass credentials in that form.
 */
export function isOpenToOthers({ mode, uid }: Ownership, ownUid: number): boolean {
  const handed = uid === 0 && ownUid !== 0;
  return (mode & (handed ? 0o037 : 0o077)) !== 0;
}

/** Reads a file that holds a secret. Refused when others than its owner may read or write it. */
export function readSecretFile(path: string, what: string): string {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw usageError(`cannot read the ${what} ${path}: ${reason(cause)}`, { cause });
  }
  try {
    // Checks the open file, so that it cannot be swapped between check and read.
    const status = fstatSync(fd);
    // Windows has no such bits: every file looks readable by all.
    if (status.isFile() && process.getuid !== undefined && isOpenToOthers(status, process.getuid())) {
      const mode = (status.mode & 0o777).toString(8).padStart(4, '0');
      throw usageError(`others than its owner can use the ${what} ${path} (mode ${mode})`, {
        hint: `chmod 600 ${path}`,
      });
    }
    return readFileSync(fd, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      throw usageError(`cannot read the ${what} ${path}: ${reason(error)}`, { cause: error });
    }
    throw error;
  } finally {
    closeSync(fd);
  }
}

function write(path: string, text: string, owner?: { readonly uid: number; readonly gid: number }): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    fchmodSync(fd, 0o600);
    if (owner !== undefined) fchownSync(fd, owner.uid, owner.gid);
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Fails early when the file exists, before any password prompt. */
export function requireAbsent(path: string, what: string): void {
  if (existsSync(path))
    throw usageError(`cannot write the ${what} ${path}: it exists`, { hint: 'name a file that is not there yet' });
}

/** Writes a new file of mode 0600 and syncs it to disk. Never overwrites: a lost key cannot be restored. */
export function createSecretFile(path: string, text: string, what: string): void {
  try {
    write(path, text);
  } catch (cause) {
    const folderIsMissing = codeOf(cause) === 'ENOENT';
    const found = folderIsMissing ? 'its folder does not exist' : reason(cause);
    const hint = folderIsMissing
      ? 'create the folder first, with access for its owner alone'
      : 'name a file that is not there yet';
    throw usageError(`cannot write the ${what} ${path}: ${found}`, { cause, hint });
  }
}

/**
 * Replaces a file atomically: a reader finds the old or the new content, complete. When root replaces it, the owner is
 * kept, since the relayer runs as another user.
 */
export function replaceSecretFile(path: string, text: string, what: string): void {
  const beside = join(dirname(path), `.${basename(path)}.new`);
  try {
    rmSync(beside, { force: true });
    write(beside, text, process.getuid?.() === 0 ? statSync(path) : undefined);
    renameSync(beside, path);
  } catch (cause) {
    throw usageError(`cannot write the ${what} ${path}: ${reason(cause)}`, { cause });
  }
}
