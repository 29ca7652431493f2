import { PegwayError } from '../protocol/errors.ts';

/** The outside of a command: what it reads, where it writes, and how it is interrupted. Commands use nothing else of the process. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean; readonly isRaw?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at Ctrl-C and SIGTERM. A command that never reads it is ended by these signals as usual. */
  readonly signal: AbortSignal;
  /** For progress; undefined outside of a command. */
  readonly activity?: Activity;
  /** Calls the listener at every SIGHUP. A command that never uses it is ended by this signal as usual. */
  onHangup(listener: () => void): void;
  /** Receives exceptions that nothing caught. The process ends where the listener returns false. */
  onUncaught(listener: (error: unknown) => boolean): void;
}

/** What a command waits for, and what its interruption leaves, in words. */
export interface Attention {
  /** As in "waiting for the nodes"; false for a command that runs until it is stopped. */
  readonly waits?: string | false;
  /** And how to continue. */
  readonly leaves?: string;
}

/** The present state of a command's output. */
export interface Activity {
  /** When it last wrote, in `performance.now()`. */
  at: number;
  /** Open prompts, and waits that the command announces itself. */
  busy: number;
}

/** Counts a prompt or an announced wait as activity for as long as it takes. */
export async function whileBusy<T>({ activity }: Pick<Io, 'activity'>, action: () => Promise<T>): Promise<T> {
  if (activity === undefined) return action();
  activity.busy++;
  try {
    return await action();
  } finally {
    activity.busy--;
    activity.at = performance.now();
  }
}

/** Resolves when the signal aborts. */
export const interrupted = (signal: AbortSignal): Promise<'interrupted'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('interrupted');
    else signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });

/**
 * Waits for work that Ctrl-C ends early. The process ends with the command, whatever the work still does.
 * @param leaving What is left behind, and how to look it up.
 * @throws {PegwayError} exit code 130 when the signal aborted first.
 */
export async function untilInterrupted<T>(
  work: Promise<T>,
  { signal }: Pick<Io, 'signal'>,
  leaving: () => string,
): Promise<T> {
  // Its outcome is lost when the signal comes first.
  work.catch(() => undefined);
  const ended = await Promise.race([work.then((value) => ({ value })), interrupted(signal)]);
  if (ended !== 'interrupted') return ended.value;
  throw new PegwayError('interrupted', { exitCode: 130, hint: leaving() });
}

/**
 * A command: takes its arguments, its flags, then the outside. A number that it returns or resolves to is the exit status;
 * without one the status is 0.
 */
export type Main<A extends unknown[]> = (...given: [...A, Io]) => unknown;

/**
 * Turns a command into an action of commander. The module of the command is imported when the command runs, so that help
 * and the other commands start without it.
 */
export type Run = <A extends unknown[]>(
  load: () => Promise<Main<A>>,
  attention?: Attention,
) => (...given: A) => Promise<void>;
