import type { ChildProcess } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { PegwayError } from '../../protocol/errors.ts';

/** A process that the devnet started. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The end of its output so far. */
  log(): string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<void>;
  isRunning(): boolean;
  /** Polls until ready. @throws {PegwayError} with the tail of its log when the process dies or times out. */
  until(ready: () => Promise<boolean>, seconds?: number): Promise<void>;
  /** Sends SIGTERM, then SIGKILL if the process does not end within these seconds; 10 by default. */
  stop(seconds?: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const STOP_SECONDS = 10;
/**
 * Bounds a hang only, since a process that cannot start exits by itself; a busy machine takes minutes to start many.
 */
const READY_SECONDS = 300;

export function watchChild(name: string, child: ChildProcess, logFile: string): Child {
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  void ended.then(() => log.end());
  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;

  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    ended,
    isRunning,
    log: () => tail(logFile, 200),

    until: (ready, seconds) =>
      until({ name, logFile, isRunning, outcome: () => child.exitCode ?? child.signalCode }, ready, seconds),

    async stop(seconds = STOP_SECONDS) {
      if (!isRunning()) return;
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1_000);
      await ended;
      clearTimeout(late);
    },

    kill: (signal) => void child.kill(signal),
  };
}

/** Polls until ready. @throws {PegwayError} with the tail of its log when the process ends or times out. */
export async function until(
  child: Pick<Child, 'name' | 'logFile' | 'isRunning'> & { readonly outcome: () => string | number | null },
  ready: () => Promise<boolean>,
  seconds = READY_SECONDS,
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000;
  while (child.isRunning() && performance.now() < deadline) {
    if (await ready().catch(() => false)) return;
    // A poll costs a millisecond or two of processor time, which six relayers that start at once need themselves.
    await sleep(150);
  }
  const what = child.isRunning() ? `is not ready after ${seconds} s` : `ended with ${child.outcome()}`;
  const hint = `its log is ${child.logFile}`;
  throw new PegwayError(`${child.name} ${what}:\n${tail(child.logFile)}`, { hint });
}

export const tail = (file: string, lines = 15): string => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
};
