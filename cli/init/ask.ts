import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

import { type Io, whileBusy } from '../io.ts';
import { wrong } from '../output.ts';
import { writeOutput } from '../output-file.ts';

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
  const { stdin, stderr } = io;
  if (given !== undefined) return given;
  if (stdin.isTTY !== true) throw wrong(`${flag} is missing`, question);
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = (await whileBusy(io, () => lines.question(`${question}: `))).trim();
    if (answer !== '') return answer;
  } finally {
    lines.close();
  }
  throw wrong(`${flag} is missing`, question);
}

/** Asks a question of yes or no at a terminal; anywhere else, and without an answer, it is no. */
export async function isWanted(question: string, io: Pick<Io, 'stdin' | 'stderr' | 'activity'>): Promise<boolean> {
  const { stdin, stderr } = io;
  if (stdin.isTTY !== true) return false;
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await whileBusy(io, () => lines.question(`${question} [y/N]: `))).trim());
  } finally {
    lines.close();
  }
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
