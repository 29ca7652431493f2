import type { Address, Hex } from 'viem';

import type { Direction, Side, Status } from './lane.ts';
import type { Reason } from './reasons.ts';

/*
 * What the public port answers, as a relayer gives it: integers that may pass 2^53 are bigint here and decimal strings on the
 * wire; what is undefined is left out there. `Wire<StatusView>` is what `await response.json()` gives.
 */

/** A view as JSON carries it. */
export type Wire<T> = T extends bigint
  ? string
  : T extends readonly (infer U)[]
    ? readonly Wire<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T;

/** One transfer. Times are those of the chains' blocks, in seconds since the epoch. */
export interface TransferView {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly status: Status;
  /** Why it is not executed yet, as far as this relayer knows. */
  readonly reason: Reason | undefined;
  /** Whether this relayer's signer has signed it. */
  readonly signed: boolean;
  /** How long this relayer has had it proven; only while it is open or parked. */
  readonly readySeconds: number | undefined;
  readonly sender: Address;
  readonly recipient: Address;
  /** In base units of the source token. */
  readonly sourceAmount: bigint;
  /** In base units of the destination token. */
  readonly amount: bigint;
  /** The source block, when it was made (undefined for a moment after this relayer's start), and the transaction in it. */
  readonly blockNumber: bigint;
  readonly departedAt: bigint | undefined;
  readonly transactionHash: Hex;
  /** What executed (released, bounced) it, once that is final and read. */
  readonly executedTransaction: Hex | undefined;
  readonly executedBlock: bigint | undefined;
  readonly executedAt: bigint | undefined;
  /** Indices of the signers that counted, in the destination's list of that time. */
  readonly signers: readonly number[] | undefined;
}

export interface TransfersView {
  /** False while history older than this relayer's start is being read back. */
  readonly complete: boolean;
  /** By lane (`mint-0x…`): the nonce from which on nothing is missing. */
  readonly fromNonce: Readonly<Record<string, bigint>>;
  /** Newest departure first. */
  readonly transfers: readonly TransferView[];
  /** Ask with it for the next page; left out on the last one. */
  readonly cursor: string | undefined;
}

export interface LimitView {
  readonly capacity: bigint;
  readonly refillPerSecond: bigint;
}

export interface PegView {
  readonly mainToken: Address;
  readonly productToken: Address;
  readonly numerator: bigint;
  readonly denominator: bigint;
  readonly retired: boolean;
  /** Undefined while the main bridge does not have the peg. */
  readonly minimumDeposit: bigint | undefined;
  readonly minimumRedeem: bigint;
  /** Null: no limit. */
  readonly withdrawLimit: LimitView | null | undefined;
  readonly mintLimit: LimitView | null;
  /** In main and in product base units, at the newest final blocks; undefined in the first seconds. */
  readonly locked: bigint | undefined;
  readonly supply: bigint | undefined;
}

export const resolutions = ['minute', 'hour', 'day'] as const;

export type Resolution = (typeof resolutions)[number];

/** What a peg held: after the last change of each minute, hour or day in which there was one, oldest first. */
export interface PegHistoryView {
  readonly productToken: Address;
  readonly resolution: Resolution;
  /** False while older changes are being read back; the newest points are right all the same. */
  readonly complete: boolean;
  readonly points: readonly PegPoint[];
}

export interface PegPoint {
  /** Time of the change, by its block. */
  readonly at: bigint;
  readonly locked: bigint;
  readonly supply: bigint;
}

export interface SideView {
  readonly chainId: number;
  readonly bridge: Address;
  /** What this relayer's key is there. */
  readonly role: 'signer' | 'observer';
  /** Its place in the list of signers; -1 for an observer. */
  readonly index: number;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly signerEpoch: bigint;
  readonly pausedUntil: bigint;
  /** The final block up to which everything was read, and when it was made. */
  readonly scannedBlock: bigint | undefined;
  readonly scannedAt: bigint | undefined;
  /** Of the account that pays for transactions there, in wei; undefined before the first look. */
  readonly balance: bigint | undefined;
  readonly trust: {
    readonly nodes: number;
    readonly quorum: number;
    readonly proof: 'receipts' | 'witnesses';
    readonly trustsOneNode: boolean;
    /** Nodes that hang, refuse or are slow, named as in metrics; absent in answers of older relayers. */
    readonly slowNodes?: readonly string[];
  };
}

export interface SignerView {
  readonly address: Address;
  /** Time of the newest final block with an execution or approval that carries its signature, either side. */
  readonly lastSignatureAt: bigint | undefined;
  /** How long ago it last answered this relayer with a signature; undefined when it never did. */
  readonly lastAnswerSeconds: number | undefined;
}

export interface LaneView {
  readonly direction: Direction;
  readonly productToken: Address;
  /** All nonces below are proven final. */
  readonly nextNonce: bigint;
  readonly open: number;
  readonly parked: number;
  /** How long this relayer has had the oldest of them proven. */
  readonly oldestSeconds: number | undefined;
  /** Why nothing of this lane is signed here now. */
  readonly reason: Reason | undefined;
}

export interface StatusView {
  readonly version: string;
  /** Of the key that attests. */
  readonly address: Address;
  /** Of the account that pays for transactions. */
  readonly payer: Address;
  readonly bridges: Readonly<Record<Side, SideView>>;
  /** The signers of both bridges, in the order of the main bridge's list. */
  readonly signers: readonly SignerView[];
  /** Signers that answer this relayer and are in sync, less the threshold; undefined in the first seconds. */
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  readonly lanes: readonly LaneView[];
  readonly problems: readonly { readonly part: string; readonly code: string; readonly message: string }[];
}
