import type { DestinationStream } from 'pino';

import type { Io } from './io.ts';
import { type Colours, openOutput } from './output.ts';

/** A relayer's log for a person at a terminal: the JSON lines of `openLog` as text, one line per entry. */
export function readableLog(io: Pick<Io, 'stdout' | 'stderr'>): DestinationStream {
  const { results } = openOutput(false, io);
  return { write: (line) => void io.stdout.write(`${readableEntry(line, results)}\n`) };
}

type Entry = Readonly<Record<string, unknown>>;

/** Of pino's levels those that are in use. */
const levels: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
/** The same in every line of one process, or printed in a place of their own. */
const omitted: ReadonlySet<string> = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'err']);

function readableEntry(line: string, { dim, red, yellow }: Pick<Colours, 'dim' | 'red' | 'yellow'>): string {
  const entry = JSON.parse(line) as Entry;
  const level = Number(entry['level']);
  const name = (levels[level] ?? 'TRACE').padEnd(5);
  const paint = level >= 50 ? red : level >= 40 ? yellow : (text: string) => text;
  const fields = Object.entries(entry)
    .filter(([key]) => !omitted.has(key))
    .map(([key, value]) => `${key}=${readableValue(value)}`);
  const parts = [dim(String(entry['time'])), paint(`${name} ${String(entry['msg'])}`), dim(fields.join(' '))];
  return [parts.join(' ').trimEnd(), ...stackOf(entry['err'])].join('\n');
}

const readableValue = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);

function stackOf(error: unknown): readonly string[] {
  if (typeof error !== 'object' || error === null) return [];
  const { stack, message } = error as { readonly stack?: string; readonly message?: string };
  return (stack ?? message ?? '').split('\n').map((one) => `    ${one.trim()}`);
}
