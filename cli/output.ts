import { type Command, CommanderError } from 'commander';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import { stringify } from '../protocol/json.ts';

/** Where results and progress go. Results on stdout; progress on stderr. */
export interface Output {
  readonly json: boolean;
  /** Progress, for people. */
  say(line: string): void;
  /** One result: a line of JSON with --json, else its text. */
  result(text: string, value: object): void;
}

export const openOutput = (json: boolean): Output => ({
  json,
  say: (line) => void process.stderr.write(`${line}\n`),
  result: (text, value) => void process.stdout.write(`${json ? stringify(value) : text}\n`),
});

const reset = '\u001b[0m';
const paint = (code: string) => (text: string) => (process.stderr.isTTY ? `\u001b[${code}m${text}${reset}` : text);
export const dim = paint('2');
export const bold = paint('1');
export const green = paint('32');
export const red = paint('31');

/** Wrong use: exit status 2. @param code A reason code, or a word of the command's own. */
export const wrong = (message: string, hint: string, code?: string): PegwayError =>
  new PegwayError(message, { exitCode: 2, hint, ...(code === undefined ? {} : { code }) });

/** Prints what went wrong and what to do next; answers the exit status: 2 for wrong use, else 1. */
export function report(error: unknown, program: Command): number {
  // Commander has printed its own message, or the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${program.name()}: ${red(messageOf(error))}\n`);
  if (error instanceof PegwayError && error.hint !== undefined) process.stderr.write(`  → ${error.hint}\n`);
  return error instanceof PegwayError ? error.exitCode : 1;
}
