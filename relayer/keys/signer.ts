import type { Address, Hex } from 'viem';

/** r, s: 32 bytes; s in the lower half of the curve order; yParity is the recovery bit. */
export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  readonly yParity: 0 | 1;
}

/** One key, wherever it is kept. */
export interface Signer {
  /** Checksummed. */
  readonly address: Address;
  /** Signs keccak256(preimage): back ends that hash themselves get the preimage. */
  sign(preimage: Hex): Promise<Signature>;
  close(): Promise<void>;
}
