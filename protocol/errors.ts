import { type Reason, isReason } from './reasons.ts';

export interface PegwayErrorOptions {
  readonly cause?: unknown;
  /** A reason code where one fits, else a word of the module's own. */
  readonly code?: Reason | (string & {});
  /** 2 is wrong use (configuration, arguments); 1 is that it failed. */
  readonly exitCode?: 1 | 2;
  /** What to do next. */
  readonly hint?: string;
}

/** The base of all errors that Pegway itself raises: a short message that names the thing, what was found and what is expected. */
export class PegwayError extends Error {
  override readonly name: string = 'PegwayError';
  readonly code: string | undefined;
  readonly exitCode: 1 | 2;
  readonly hint: string | undefined;

  constructor(message: string, options: PegwayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code;
    this.exitCode = options.exitCode ?? 1;
    this.hint = options.hint;
  }
}

/** The shortest true sentence about anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) {
    // viem keeps the one line that says what happened apart from its advice.
    if ('shortMessage' in error && typeof error.shortMessage === 'string') return error.shortMessage;
    return error.message;
  }
  return String(error);
}

/** The code of anything that was thrown; `internal` where it has none. */
export function codeOf(error: unknown): string {
  const code = (error instanceof PegwayError ? error.code : undefined) ?? 'internal';
  return code;
}

/** The reason code of anything that was thrown; undefined where its code is none, or a word of some module's own. */
export function reasonOf(error: unknown): Reason | undefined {
  const code = error instanceof PegwayError ? error.code : undefined;
  return code !== undefined && isReason(code) ? code : undefined;
}
