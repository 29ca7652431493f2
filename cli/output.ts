import { styleText } from 'node:util';

import { type Command, CommanderError } from 'commander';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import { stringify } from '../protocol/json.ts';
import { type Io, whileBusy } from './io.ts';

/** Results on stdout, progress on stderr; each in colours where its stream is a terminal that wants them. */
export interface Output extends Colours {
  /** For results. The colours beside it are for progress. */
  readonly results: Colours;
  readonly json: boolean;
  /** Columns for results: those of the terminal, else 80. */
  readonly width: number;
  /** Progress, for people. */
  say(line: string): void;
  /** Awaits a promise; after two seconds prints what it waits for, and again every ten. */
  waiting<T>(what: string, promise: Promise<T>): Promise<T>;
  /** One result: a line of JSON with --json, else its text. */
  result(text: string, value: object): void;
}

/** As `Output`, of a command that has any number of results: with --json one array of them, when it is disposed. */
export interface ListOutput extends Output, Disposable {}

type Paint = (text: string) => string;

export interface Colours {
  readonly dim: Paint;
  readonly bold: Paint;
  readonly green: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
}

/** A wait that a person notices. */
const PATIENCE_MILLISECONDS = 2_000;
const AGAIN_MILLISECONDS = 10_000;

export const openOutput = (json: boolean, io: Pick<Io, 'stdout' | 'stderr' | 'activity'>): Output => ({
  json,
  width: io.stdout.isTTY === true ? (io.stdout.columns ?? 80) : 80,
  say(line) {
    noteOutput(io);
    io.stderr.write(`${line}\n`);
  },
  result(text, value) {
    noteOutput(io);
    io.stdout.write(`${json ? stringify(value) : text}\n`);
  },
  async waiting(what, promise) {
    const began = performance.now();
    const tell = () =>
      void io.stderr.write(`waiting for ${what} (${Math.round((performance.now() - began) / 1_000)} s)\n`);
    let timer = setTimeout(() => {
      tell();
      timer = setInterval(tell, AGAIN_MILLISECONDS);
    }, PATIENCE_MILLISECONDS);
    try {
      return await whileBusy(io, () => promise);
    } finally {
      clearInterval(timer);
    }
  },
  results: coloursFor(io.stdout),
  ...coloursFor(io.stderr),
});

export function openListOutput(json: boolean, io: Pick<Io, 'stdout' | 'stderr' | 'activity'>): ListOutput {
  const output = openOutput(json, io);
  const values: object[] = [];
  return {
    ...output,
    result(text, value) {
      if (json) values.push(value);
      else output.result(text, value);
    },
    [Symbol.dispose]() {
      if (json) output.result('', values);
    },
  };
}

const noteOutput = ({ activity }: Pick<Io, 'activity'>): void => {
  if (activity !== undefined) activity.at = performance.now();
};

/** Node's rules: none without a terminal, with `NO_COLOR` or with `TERM=dumb`; `FORCE_COLOR` wins. */
function coloursFor(stream: Io['stdout']): Colours {
  const paint =
    (format: 'dim' | 'bold' | 'green' | 'red' | 'yellow'): Paint =>
    (text) =>
      styleText(format, text, { stream });
  return { dim: paint('dim'), bold: paint('bold'), green: paint('green'), red: paint('red'), yellow: paint('yellow') };
}

/** Wrong use: exit status 2. @param code A reason code, or a word of the command's own. */
export const wrong = (message: string, hint: string, code?: string): PegwayError =>
  new PegwayError(message, { exitCode: 2, hint, ...(code === undefined ? {} : { code }) });

/** Prints what failed and what to do next. @returns The exit status: 2 for wrong use, else 1. */
export function report(error: unknown, program: Command, { stderr }: Pick<Io, 'stderr'>): number {
  // Commander has printed its own message, or the help that was requested.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  stderr.write(`${program.name()}: ${coloursFor(stderr).red(messageOf(error))}\n`);
  if (error instanceof PegwayError && error.hint !== undefined) stderr.write(`  → ${error.hint}\n`);
  return error instanceof PegwayError ? error.exitCode : 1;
}
