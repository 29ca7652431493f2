import type { PasswordSource } from './password.ts';

export interface OpenOptions {
  /** Whether `plain:0x…` is allowed: on a devnet only. */
  readonly allowPlain: boolean;
  /** Asked for a password that the URI does not name a place for; the terminal when left out. */
  readonly password?: PasswordSource;
  /** What relative paths in the URI are relative to; the working directory when left out. */
  readonly directory?: string;
  /** Gives up opening, and every request of the signer that is under way. */
  readonly signal?: AbortSignal;
}

/** What a back end is given: the options with their defaults. */
export interface OpenContext {
  readonly password: PasswordSource;
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
}
