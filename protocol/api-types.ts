import type { Address, Hex } from 'viem';

import type { Period } from './activity.ts';
import type { Direction, Lane, Side, Status } from './lane.ts';
import type { HistoryProof } from './anchors/history.ts';
import type { Anchor } from './anchors/statement.ts';
import type { Reason } from './reasons.ts';

/*
 * Response types of the public port, as a relayer returns them. Integers that may exceed 2^53 are bigint here and
 * decimal strings on the wire; undefined fields are omitted there. `Wire<StatusView>` is the type of `await
 * response.json()`.
 */

/** The JSON form of a view. */
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
  /** Why it is not executed yet, from this relayer's state. */
  readonly reason: Reason | undefined;
  /** True if this relayer's signer has signed it. */
  readonly signed: boolean;
  /** Seconds since this relayer proved it; only while it is open or parked. */
  readonly readySeconds: number | undefined;
  readonly sender: Address;
  readonly recipient: Address;
  /** In base units of the source token. */
  readonly sourceAmount: bigint;
  /** In base units of the destination token. */
  readonly amount: bigint;
  /** The source block, its time (undefined for a moment after this relayer's start), and the transaction in it. */
  readonly blockNumber: bigint;
  readonly departedAt: bigint | undefined;
  readonly transactionHash: Hex;
  /** The transaction that executed, released or bounced it; set once it is final and indexed. */
  readonly executedTransaction: Hex | undefined;
  readonly executedBlock: bigint | undefined;
  readonly executedAt: bigint | undefined;
  /** Indices of the counted signatures, in the destination's signer list at that time. */
  readonly signers: readonly number[] | undefined;
}

export interface TransfersView {
  /** False while history from before this relayer's start is being backfilled. */
  readonly complete: boolean;
  /** By lane (`mint-0x…`): first nonce of the complete part of the history. */
  readonly fromNonce: Readonly<Record<string, bigint>>;
  /** Newest departure first. */
  readonly transfers: readonly TransferView[];
  /** Cursor of the next page; omitted on the last one. */
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
  /** In main and in product base units, at the latest finalized blocks; undefined in the first seconds. */
  readonly locked: bigint | undefined;
  readonly supply: bigint | undefined;
}

export const resolutions = ['minute', 'hour', 'day'] as const;

export type Resolution = (typeof resolutions)[number];

/** A peg's amounts after the last change of each minute, hour or day that has one, oldest first. */
export interface PegHistoryView {
  readonly productToken: Address;
  readonly resolution: Resolution;
  /** False while older changes are being backfilled; the newest points are correct meanwhile. */
  readonly complete: boolean;
  readonly points: readonly PegPoint[];
}

export interface PegPoint {
  /** Block time of the change. */
  readonly at: bigint;
  readonly locked: bigint;
  readonly supply: bigint;
}

/** Transfers of one lane, added up. Arrivals and gas count in the period of the arrival, everything else in that of the departure. */
export interface FiguresView extends Lane {
  readonly departed: number;
  /** Of what departed, in main base units. */
  readonly volume: bigint;
  /** Taken at departure, in base units of the departing token. */
  readonly fees: bigint;
  readonly arrived: number;
  /** Time from departure to arrival in seconds, within 5 %: of half and of 95 % of those that arrived at most. Undefined without any. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  /** Paid for the transactions that ended `priced` transfers, in wei of the destination chain. */
  readonly gas: bigint;
  readonly priced: number;
}

/** Statistics of a bridge's transfers, by lane and by period. */
export interface AnalyticsView {
  readonly period: Period;
  /** First second of the first period, and first second after the last one. */
  readonly from: bigint;
  readonly to: bigint;
  /** Time up to which this relayer has read both chains; figures of later periods are partial. */
  readonly until: bigint;
  /** False while older transfers are being backfilled. */
  readonly complete: boolean;
  /** By lane, over all periods of this answer. */
  readonly totals: readonly FiguresView[];
  /** Oldest first; `at` is the first second of the period. Lanes without transfers in a period are omitted. */
  readonly periods: readonly (FiguresView & { readonly at: bigint })[];
}

/** Signatures that counted in executed batches, of the last 90 days. */
export interface SigningView {
  /** First second of the first day. */
  readonly since: bigint;
  /** False while older batches are being backfilled. */
  readonly complete: boolean;
  /** Executed batches; each carries as many signatures as the threshold demands. */
  readonly batches: number;
  readonly signers: readonly {
    readonly address: Address;
    /** Batches in which its signature counted. */
    readonly batches: number;
    /** Block time of its newest counted signature; undefined without any. */
    readonly lastSignatureAt: bigint | undefined;
    /** Mean time in which it answered this relayer's requests for signatures, in seconds; undefined for itself and before any. */
    readonly latencySeconds: number | undefined;
  }[];
}

/** Place and time of a governance event, in a final block. */
export interface GovernanceMoment {
  /** Of the block, in seconds since the epoch. */
  readonly at: bigint;
  readonly block: bigint;
  readonly transactionHash: Hex;
}

/** A proposal that a bridge has accepted; its calls are in the event of that transaction. */
export interface AcceptedProposalView {
  readonly chain: Side;
  readonly nonce: bigint;
  /** First second in which it could be executed. */
  readonly executableAt: bigint;
  readonly accepted: GovernanceMoment;
  /** Undefined while it has not been executed. */
  readonly executed: GovernanceMoment | undefined;
}

/** Accepted proposals of both bridges, newest first. */
export interface GovernanceHistoryView {
  /** False while older blocks are being backfilled. */
  readonly complete: boolean;
  readonly proposals: readonly AcceptedProposalView[];
}

export interface SideView {
  readonly chainId: number;
  readonly bridge: Address;
  /** The role of this relayer's key on that chain. */
  readonly role: 'signer' | 'observer';
  /** Its index in the list of signers; -1 for an observer. */
  readonly index: number;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly signerEpoch: bigint;
  readonly pausedUntil: bigint;
  /** The finalized block up to which all events were processed, and its time. */
  readonly scannedBlock: bigint | undefined;
  readonly scannedAt: bigint | undefined;
  /** Balance of the account that pays for transactions on that chain, in wei; undefined before the first reading. */
  readonly balance: bigint | undefined;
  /** The rule by which this relayer takes a block for final; absent in answers of older relayers. */
  readonly finality?: 'finalized' | { readonly depth: number };
  readonly trust: {
    readonly nodes: number;
    readonly quorum: number;
    readonly proof: 'receipts' | 'witnesses' | 'none';
    readonly trustsOneNode: boolean;
    /** Nodes that hang, refuse or are slow, named as in metrics; absent in answers of older relayers. */
    readonly slowNodes?: readonly string[];
  };
}

export interface SignerView {
  readonly address: Address;
  /** Time of the latest finalized block with an execution or approval that carries its signature, on either side. */
  readonly lastSignatureAt: bigint | undefined;
  /** Seconds since it last answered this relayer with a signature; undefined without any answer. */
  readonly lastAnswerSeconds: number | undefined;
}

export interface LaneView {
  readonly direction: Direction;
  readonly productToken: Address;
  /** All lower nonces are proven final. */
  readonly nextNonce: bigint;
  readonly open: number;
  readonly parked: number;
  /** Seconds since this relayer proved the oldest of them. */
  readonly oldestSeconds: number | undefined;
  /** Why this relayer must not sign for this lane now. */
  readonly reason: Reason | undefined;
}

export interface StatusView {
  readonly version: string;
  /** Address of the attesting key. */
  readonly address: Address;
  /** Address of the account that pays for transactions. */
  readonly payer: Address;
  readonly bridges: Readonly<Record<Side, SideView>>;
  /** The signers of both bridges, in the order of the main bridge's list. */
  readonly signers: readonly SignerView[];
  /**
   * Number of signers that answer this relayer and are in sync, minus the threshold; undefined in the first seconds.
   */
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  /** At most as many as requested, 500 by default. */
  readonly lanes: readonly LaneView[];
  /** Place of the first lane of the next page; undefined on the last page. */
  readonly nextLanes: number | undefined;
  /** Directions in which this relayer signs nothing for some lane, for a reason other than a pause. Covers all lanes. */
  readonly stopped: readonly Direction[];
  readonly problems: readonly { readonly part: string; readonly code: string; readonly message: string }[];
}

/** One bridge of a relayer, in short. */
export interface BridgeSummary {
  /** `{mainChainId}-{mainBridge}` in lower case. */
  readonly id: string;
  /** As configured; empty in a configuration of one bridge. */
  readonly name: string;
  /** `failed`: it could not be opened, and is tried again. */
  readonly state: 'starting' | 'open' | 'failed';
  /** Address of its attesting key; undefined while it is not open. */
  readonly address: Address | undefined;
  readonly bridges: Readonly<
    Record<Side, { readonly chainId: number; readonly bridge: Address; readonly scannedBlock: bigint | undefined }>
  >;
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  /** Transfers that are final and not executed, parked ones included. */
  readonly open: number;
  readonly parked: number;
  /** Seconds since this relayer proved the oldest of them. */
  readonly oldestSeconds: number | undefined;
  /** As in {@link StatusView}; all directions while it is not open. */
  readonly stopped: readonly Direction[];
  /** Codes of its current problems, at most eight. */
  readonly problems: readonly string[];
  /** Identifies the process of this signer that works for it; undefined unless several share the bridges. */
  readonly process: string | undefined;
}

/** The bridges of a relayer. */
export interface BridgesView {
  readonly version: string;
  readonly bridges: readonly BridgeSummary[];
}

/** A finished period of each main token, as this relayer computed it (docs/rewards.md). Amounts in main base units. */
export interface RewardsView {
  /** Of the formula. */
  readonly version: number;
  /** The Rewards contract. */
  readonly rewards: Address;
  readonly tokens: readonly {
    readonly token: Address;
    readonly period: bigint;
    /** First second after the period. */
    readonly endsAt: bigint;
    readonly distributed: bigint;
    readonly carried: bigint;
    readonly total: bigint;
    readonly root: Hex;
    /** The leaves of the cumulative root. */
    readonly shares: readonly { readonly account: Address; readonly earned: bigint }[];
  }[];
}

/** The commitment to the product chain's history on the main chain. */
export interface AnchorsView {
  /** The Anchors contract, and the chain that it anchors, from `firstBlock` on. */
  readonly anchors: Address;
  readonly sourceChainId: number;
  readonly firstBlock: bigint;
  /** The last anchor; undefined before the first. `attestedAt` in seconds since the epoch. */
  readonly latest: (Anchor & { readonly signerEpoch: bigint }) | undefined;
  /** True while a correction of the last anchor waits. */
  readonly correcting: boolean;
  /** Height up to which this relayer has read the product chain's final blocks. */
  readonly readTo: bigint;
}

/** What a relayer has read of the product chain up to a height, as an anchor or a correction commits to it. */
export interface AnchorHistoryView {
  readonly number: bigint;
  readonly blockHash: Hex;
  readonly historyRoot: Hex;
  /** All peaks, the largest first. */
  readonly peaks: readonly Hex[];
  /** Zero without a tail. */
  readonly tailRoot: Hex;
}

/** Proves that an anchor commits to one block of the product chain. */
export interface AnchorProofView {
  readonly anchor: Anchor;
  readonly height: bigint;
  readonly blockHash: Hex;
  readonly proof: HistoryProof;
}
