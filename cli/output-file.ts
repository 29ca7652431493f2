import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { messageOf } from '../protocol/errors.ts';
import { wrong } from './output.ts';

/** @throws {PegwayError} exit code 2, naming the folder, where it cannot be created. */
export function makeFolder(path: string, mode?: number): void {
  try {
    mkdirSync(path, { recursive: true, mode });
  } catch (cause) {
    throw wrong(`cannot create the folder ${path}: ${messageOf(cause)}`, 'name a folder that this user can write');
  }
}

/**
 * Writes a file that a person named, and creates its folder.
 * @throws {PegwayError} exit code 2, naming the file, where it cannot be written.
 */
export function writeOutput(path: string, text: string, options: { mode?: number; flag?: 'w' | 'wx' } = {}): void {
  makeFolder(dirname(path));
  try {
    writeFileSync(path, text, options);
  } catch (cause) {
    throw wrong(`cannot write ${path}: ${messageOf(cause)}`, 'name a file that this user can write');
  }
}
