import type { Address, Hex } from 'viem';

import type { Direction } from '../lane.ts';

/* The file, as docs/receipt.md specifies it. `b64` is canonical base64 with padding. */

export const FORMAT = 'pegway-receipt';
export const VERSION = 1;

/** In characters of the file: far above the receipt of a batch of 256 transfers. */
export const MAXIMUM_LENGTH = 1_048_576;

type Base64 = string;
/** An unsigned integer in decimal digits, without leading zeros. */
type Decimal = string;

export const outcomes = ['executed', 'released', 'bounced'] as const;

/** How the transfer ended at its destination. */
export type Outcome = (typeof outcomes)[number];

/** Proves one log of a block from the block's hash. */
export interface LogProof {
  readonly block: { readonly number: number; readonly hash: Hex };
  /** The RLP of the header: its keccak256 is the block's hash. */
  readonly header: Base64;
  readonly transactionIndex: number;
  /** Nodes of the trie of receipts, from the root to the leaf. */
  readonly proof: readonly Base64[];
  /** Position of the log within the transaction's receipt. */
  readonly log: number;
  /** Of the execution of a batch: logs that are cut out of the leaf. */
  readonly payments?: Payments;
}

/** The logs of a batch that was paid whole: one for each item, of which they differ in recipient and amount alone. */
export interface Payments {
  /** Where they are cut out, in bytes from the start of the leaf without them. */
  readonly at: number;
  /** The RLP of one of them, with zeros for recipient and amount. */
  readonly log: Base64;
}

/** The statement over the batch with the transfer. */
export interface BatchAttestation {
  readonly kind: 'batch';
  readonly signerEpoch: Decimal;
  readonly firstNonce: Decimal;
  /** 36 bytes an item. */
  readonly transfers: Base64;
  readonly sourceBlock: Hex;
  /** Mask (4 bytes) and 64 bytes for each of its bits. */
  readonly signatures: Base64;
}

/** The statement that a refused withdrawal returns to its redeemer. */
export interface BounceAttestation {
  readonly kind: 'bounce';
  readonly signerEpoch: Decimal;
  readonly deadline: Decimal;
  readonly signatures: Base64;
}

/** The blocks of a receipt that can be on the product chain. */
export const anchorable = ['departure', 'signerSet', 'parking', 'execution'] as const;
export type Anchorable = (typeof anchorable)[number];

/** Proves blocks of one chain from a block of the chain that it is anchored into. */
export interface AnchorLink<Name extends string> {
  /** The contract Anchors. */
  readonly contract: Address;
  /** The first block of its history. */
  readonly firstBlock: number;
  /** `Anchored`, on the chain of the contract. */
  readonly event: LogProof;
  /** Root of the history's tail, zero without one, then its peaks, the largest first: 32 bytes each. */
  readonly history: Base64;
  /** Of each block of the anchored chain from `firstBlock` on: its siblings, from the block upwards, 32 bytes each. */
  readonly blocks: Readonly<Partial<Record<Name, Base64>>>;
}

/** Proves the receipt's blocks of the product chain from a block of the main chain. */
export type AnchorProof = AnchorLink<Anchorable>;

/** The blocks that the next outer chain can prove: also that of the event of the anchor before. */
export const linkable = [...anchorable, 'anchor'] as const;
export type Linkable = (typeof linkable)[number];

/**
 * Proves blocks of a chain from a block of the next outer one, of which it is the product chain. It does not name that chain:
 * nothing in a receipt could bind the name.
 */
export type ThroughProof = AnchorLink<Linkable>;

/** Anchors beyond the main chain. */
export const MAXIMUM_THROUGH = 8;

/** A bridge and its chain. */
export interface ReceiptBridge {
  readonly chainId: number;
  readonly bridge: Address;
}

export interface Receipt {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly outcome: Outcome;
  readonly main: ReceiptBridge;
  readonly product: ReceiptBridge;
  readonly transfer: {
    readonly direction: Direction;
    readonly productToken: Address;
    readonly nonce: Decimal;
    readonly sender: Address;
    readonly recipient: Address;
    /** In base units of the source token. */
    readonly sourceAmount: Decimal;
    /** In base units of the destination token. */
    readonly amount: Decimal;
  };
  /** `MainTokenDeposited` or `ProductTokenRedeem`, at the source. */
  readonly departure: LogProof;
  readonly attestation: BatchAttestation | BounceAttestation;
  /** The list of the attestation's epoch, with the destination's event `SignersChanged`. */
  readonly signerSet: { readonly threshold: number; readonly signers: readonly Address[]; readonly event: LogProof };
  /** Only of a released transfer: `TransferParked`, in the transaction that attested it. */
  readonly parking?: LogProof;
  /** `TransfersExecuted`, `TransferReleased` or `TransferBounced`, at the destination. */
  readonly execution: LogProof;
  /** Once the product chain's blocks are anchored. */
  readonly anchor?: AnchorProof;
  /** Only with `anchor`: of the main chain in the next outer chain, and so on outwards. */
  readonly through?: readonly ThroughProof[];
}
