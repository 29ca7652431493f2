import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Io } from '../io.ts';
import { wrong } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { promptLine } from '../prompt-line.ts';

/**
 * A value of a flag; at a terminal, asks for one that was left out.
 * @throws {PegwayError} exit code 2 when there is neither a value nor a terminal.
 */
export async function valueOf(
  given: string | undefined,
  flag: string,
  question: string,
  io: Pick<Io, 'stdin' | 'stderr' | 'activity'>,
): Promise<string> {
  if (given !== undefined) return given;
  const answer = io.stdin.isTTY === true ? await promptLine(`${question}: `, io) : '';
  if (answer !== '') return answer;
  throw wrong(`${flag} is missing`, question);
}

/** Asks a question of yes or no at a terminal; anywhere else, and without an answer, it is no. */
export async function isWanted(question: string, io: Pick<Io, 'stdin' | 'stderr' | 'activity'>): Promise<boolean> {
  return io.stdin.isTTY === true && /^y(es)?$/i.test(await promptLine(`${question} [y/N]: `, io));
}

/** @throws {PegwayError} exit code 2 when the file exists: it may hold what a person wrote. */
export function writeNew(path: string, text: string, mode = 0o644): void {
  if (existsSync(path)) throw wrong(`${path} is there already`, 'name another file, or remove it first');
  writeOutput(path, text, { mode, flag: 'wx' });
}

const inPackage = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url));

/** The path of a published JSON schema as seen from a file, for its `$schema`. */
export const schemaFor = (file: string, name: string): string =>
  relative(dirname(resolve(file)), resolve(inPackage, `docs/public/schemas/${name}.schema.json`));
