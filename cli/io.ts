/** The outside of a command: what it reads, where it writes, and how it is interrupted. Commands use nothing else of the process. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted at Ctrl-C and SIGTERM. A command that never reads it is ended by these signals as usual. */
  readonly signal: AbortSignal;
}

/** Resolves when the signal aborts. */
export const interrupted = (signal: AbortSignal): Promise<'interrupted'> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve('interrupted');
    else signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });

/**
 * A command: takes its arguments, its flags, then the outside. A number that it returns or resolves to is the exit status;
 * without one the status is 0.
 */
export type Main<A extends unknown[]> = (...given: [...A, Io]) => unknown;

/**
 * Turns a command into an action of commander. The module of the command is imported when the command runs, so that help
 * and the other commands start without it.
 */
export type Run = <A extends unknown[]>(load: () => Promise<Main<A>>) => (...given: A) => Promise<void>;
