import type { Address, Hex } from 'viem';

import type { Direction } from './lane.ts';

/*
 * Notices: what one relayer did, on no chain. They have no place, no id and no cursor, other relayers do not have them, and they are
 * not kept.
 */

/** This relayer's signer has signed a statement about transfers. */
export interface SignedNotice {
  readonly kind: 'signed';
  readonly signer: Address;
  readonly statement: 'batch' | 'bounce';
  readonly direction: Direction;
  readonly productToken: Address;
  readonly firstNonce: bigint;
  /** Consecutive nonces. */
  readonly count: number;
  /** Digest that was signed; of a batch, the one in `TransfersExecuted`. */
  readonly digest: Hex;
}

/** This relayer has completed an audit of a peg. */
export interface AuditNotice {
  readonly kind: 'audit';
  readonly productToken: Address;
  /** False: this relayer signs nothing for the peg. */
  readonly clean: boolean;
}

export type NoticeContent = SignedNotice | AuditNotice;

/** `at`: time of this relayer, in seconds since the epoch. */
export type Notice = NoticeContent & { readonly at: bigint };
