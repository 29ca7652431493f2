import type { Address, Hex } from 'viem';

import type { PasswordSource } from './password.ts';

/** r, s: 32 bytes; s in the lower half of the curve order; yParity is the recovery bit. */
export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: 0 | 1;
}

/** One secp256k1 key, wherever it lives. What it returns has been recovered to `address` before it is handed out. */
export interface Signer {
  /** Checksummed. */
  readonly address: Address;

  /**
   * Signs keccak256(preimage): back ends that hash themselves get the preimage.
   * Safe to call many times at once; a back end that can do only one at a time queues them.
   * @throws {KeyError} when the back end refuses, is out of reach, or answers with another key's signature.
   */
  sign(preimage: Hex): Promise<Signature>;

  /** Gives back sessions and sockets and forgets keys held in memory. Signing afterwards fails. */
  close(): Promise<void>;
}

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
