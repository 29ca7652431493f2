import type { Address, Hex } from 'viem';

import type { PasswordSource } from './password.ts';

/** r, s: 32 bytes; s in the lower half of the curve order; yParity is the recovery bit. */
export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: 0 | 1;
}

/** One secp256k1 key. Every signature has been checked to recover to `address` before it is returned. */
export interface Signer {
  /** Checksummed. */
  readonly address: Address;

  /**
   * Signs keccak256(preimage); back ends that hash themselves get the preimage. Safe to call concurrently; a back end
   * that signs one at a time queues.
   * @throws {KeyError} when the back end refuses, is unreachable, or returns a signature of another key.
   */
  sign(preimage: Hex): Promise<Signature>;

  /** Closes sessions and sockets, and wipes keys in memory. Signing fails afterwards. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Whether `plain:0x…` is allowed: on a devnet only. */
  readonly allowPlain: boolean;
  /** The source of a password that the URI does not locate. Default: the terminal. */
  readonly password?: PasswordSource;
  /** The base of relative paths in the URI. Default: the working directory. */
  readonly directory?: string;
  /** Cancels opening, and the signer's requests in flight. */
  readonly signal?: AbortSignal;
}

/** The options of a back end, with defaults applied. */
export interface OpenContext {
  readonly password: PasswordSource;
  readonly directory: string;
  readonly signal: AbortSignal | undefined;
}
