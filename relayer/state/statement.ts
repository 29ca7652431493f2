import { type Hex, keccak256 } from 'viem';

import {
  type Domain,
  attestationPreimage,
  bouncePreimage,
  packTransfers,
  pausePreimage,
} from '../../protocol/attestation.ts';
import type { Direction, Lane, Side, Transfer } from '../../protocol/lane.ts';

/** What every kind of statement carries: the bytes to sign, and the signer epoch they are bound to. */
interface Signable {
  readonly signerEpoch: bigint;
  /** EIP-712: `0x1901 ‖ domain ‖ struct`, 66 bytes. */
  readonly preimage: Hex;
  /** keccak256 of the preimage. */
  readonly digest: Hex;
}

/** A statement about consecutive nonces of one lane. */
interface AboutTransfers extends Signable {
  readonly lane: Lane;
  readonly firstNonce: bigint;
  readonly count: number;
  /** The proven source events that the statement was built from. */
  readonly items: readonly Transfer[];
  /** Packed recipient and amount (36 bytes) of each nonce: the content that the signing history keeps. */
  readonly contents: readonly Hex[];
}

/** The transfers are final on the source chain. Built and packed once: digest, signing history and calldata share the bytes. */
export interface BatchStatement extends AboutTransfers {
  readonly kind: 'batch';
  /** The whole batch packed, as the bridge's call takes it. */
  readonly transfers: Hex;
  /**
   * `open`: every transfer is still to be executed. `block`: every transfer of one source block, executed ones among them, so
   * that approvals of all signers meet in one digest.
   */
  readonly covers: 'open' | 'block';
}

/** A refused withdrawal may return to its redeemer. */
export interface BounceStatement extends AboutTransfers {
  readonly kind: 'bounce';
}

/** One bridge is to pause. */
export interface PauseStatement extends Signable {
  readonly kind: 'pause';
  readonly side: Side;
  readonly pauseNonce: bigint;
}

/** Everything that the attesting key signs, by kind. */
export type Statement = BatchStatement | BounceStatement | PauseStatement;

/** Both bridges of a pair, as the domain that each verifies signatures in. */
export interface Pair {
  readonly main: Domain;
  readonly product: Domain;
}

const sides = (pair: Pair, direction: Direction) =>
  direction === 'mint'
    ? { source: pair.main, destination: pair.product }
    : { source: pair.product, destination: pair.main };

/**
 * Builds the attestation of proven transfers with consecutive nonces of one lane.
 * @throws {RangeError} for no transfers, or one that cannot be packed.
 */
export function stateBatch(
  pair: Pair,
  signerEpoch: bigint,
  items: readonly Transfer[],
  covers: BatchStatement['covers'] = 'open',
): BatchStatement {
  const first = items[0];
  if (first === undefined) throw new RangeError('a batch without transfers');
  const { lane, nonce: firstNonce } = first;
  const { transfers, contents } = packTransfers(items);
  const preimage = attestationPreimage({
    ...sides(pair, lane.direction),
    signerEpoch,
    productToken: lane.productToken,
    firstNonce,
    transfers,
  });
  return {
    ...{ kind: 'batch', lane, firstNonce, count: items.length, items, transfers, contents, covers },
    ...{ signerEpoch, preimage, digest: keccak256(preimage) },
  };
}

/** Builds the statement that one refused withdrawal may return to its redeemer. */
export function stateBounce(pair: Pair, signerEpoch: bigint, transfer: Transfer): BounceStatement {
  const { lane, nonce, sender, recipient, amount } = transfer;
  const preimage = bouncePreimage({
    ...sides(pair, 'withdraw'),
    signerEpoch,
    productToken: lane.productToken,
    nonce,
    redeemer: sender,
    recipient,
    mainAmount: amount,
  });
  const { contents } = packTransfers([transfer]);
  return {
    ...{ kind: 'bounce', lane, firstNonce: nonce, count: 1, items: [transfer], contents },
    ...{ signerEpoch, preimage, digest: keccak256(preimage) },
  };
}

/** Builds the statement that pauses the bridge of one side. `pauseNonce` as the bridge counts it. */
export function statePause(pair: Pair, side: Side, signerEpoch: bigint, pauseNonce: bigint): PauseStatement {
  const preimage = pausePreimage(pair[side], signerEpoch, pauseNonce);
  return { kind: 'pause', side, pauseNonce, signerEpoch, preimage, digest: keccak256(preimage) };
}
