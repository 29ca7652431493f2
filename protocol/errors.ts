import { type Reason, isReason } from './reasons.ts';

export interface PegwayErrorOptions {
  readonly cause?: unknown;
  /** A reason code where one applies, otherwise a code of the module. */
  readonly code?: Reason | (string & {});
  /** 2: wrong use (configuration, arguments). 1: failure. */
  readonly exitCode?: 1 | 2 | 130;
  /** The next step for the user. */
  readonly hint?: string;
}

/** Base class of all errors that Pegway raises. The short message has the subject, the found and the expected value. */
export class PegwayError extends Error {
  override readonly name: string = 'PegwayError';
  readonly code: string | undefined;
  readonly exitCode: 1 | 2 | 130;
  readonly hint: string | undefined;

  constructor(message: string, options: PegwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}

/** Returns a short message for any thrown value. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) {
    // viem separates the one-line summary from its advice.
    if ('shortMessage' in error && typeof error.shortMessage === 'string') return error.shortMessage;
    return error.message;
  }
  return String(error);
}

/** Returns the short message of any thrown value, with the next step for the user where one is known. */
export function adviceOf(error: unknown): string {
  const hint = error instanceof PegwayError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)}; ${hint}`;
}

/** Returns the code of any thrown value; `internal` if it has none. */
export function codeOf(error: unknown): string {
  const code = (error instanceof PegwayError ? error.code : undefined) ?? 'internal';
  return code;
}

/** Returns the reason code of any thrown value; undefined if it has no code, or a module's own code. */
export function reasonOf(error: unknown): Reason | undefined {
  const code = error instanceof PegwayError ? error.code : undefined;
  return code !== undefined && isReason(code) ? code : undefined;
}
