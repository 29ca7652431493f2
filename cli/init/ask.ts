import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { PegwayError, adviceOf } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { type Output, wrong } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { promptLine } from '../prompt-line.ts';

export interface Question<T> {
  readonly flag: string;
  readonly question: string;
  /** Of an empty answer and, without a terminal, of a flag that was left out. */
  readonly fallback?: string;
  /** Throws a `PegwayError` with exit code 2 at a wrong value. */
  readonly parse: (text: string) => T | Promise<T>;
}

/**
 * The value of a flag; at a terminal, asks for one that was left out, until the answer is right.
 * @throws {PegwayError} exit code 2 when the flag is wrong, or when there is neither a value nor a terminal.
 */
export async function valueOf<T>(
  given: string | undefined,
  { flag, question, fallback, parse }: Question<T>,
  io: Pick<Io, 'stdin' | 'stderr' | 'activity'>,
  output: Pick<Output, 'say' | 'red'>,
): Promise<T> {
  if (given !== undefined) return parse(given);
  if (io.stdin.isTTY !== true) {
    if (fallback !== undefined) return parse(fallback);
    throw wrong(`${flag} is missing`, question);
  }
  for (;;) {
    const answer = await promptLine(`${question}${fallback === undefined ? '' : ` [${fallback}]`}: `, io);
    if (answer === '' && fallback === undefined) continue;
    try {
      return await parse(answer || (fallback ?? ''));
    } catch (error) {
      // A command that ended here would ask for the earlier answers again.
      if (!(error instanceof PegwayError) || error.exitCode !== 2) throw error;
      output.say(`  ${output.red(adviceOf(error))}`);
    }
  }
}

/** Asks a question of yes or no at a terminal; anywhere else, and without an answer, it is no. */
export async function isWanted(question: string, io: Pick<Io, 'stdin' | 'stderr' | 'activity'>): Promise<boolean> {
  return io.stdin.isTTY === true && /^y(es)?$/i.test(await promptLine(`${question} [y/N]: `, io));
}

/** @throws {PegwayError} exit code 2 when the file exists: it may hold what a person wrote. */
export function requireNew(path: string): void {
  if (existsSync(path)) throw wrong(`${path} is there already`, 'name another file, or remove it first');
}

/** @throws {PegwayError} exit code 2 when the file exists. */
export function writeNew(path: string, text: string, mode = 0o644): void {
  requireNew(path);
  writeOutput(path, text, { mode, flag: 'wx' });
}

const inPackage = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../' : '../', import.meta.url));

/** The path of a published JSON schema as seen from a file, for its `$schema`. */
export const schemaFor = (file: string, name: string): string =>
  relative(dirname(resolve(file)), resolve(inPackage, `docs/public/schemas/${name}.schema.json`));
