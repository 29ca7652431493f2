import { type Address, type Hex, bytesToHex, hexToBytes, keccak256 } from 'viem';

import { type Anchor, type AnchorsDomain, anchorPreimage } from '../../protocol/anchors/statement.ts';
import {
  type Domain,
  attestationPreimage,
  bouncePreimage,
  packTransfers,
  pausePreimage,
  rewardsPreimage,
} from '../../protocol/attestation.ts';
import type { Direction, Lane, Side, Transfer } from '../../protocol/lane.ts';
import { keccak } from '../../protocol/proof/keccak.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';

/** Common to all statements: the bytes to sign, and the signer epoch to which they are bound. */
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
  /** The proven source events from which the statement was built. */
  readonly items: readonly Transfer[];
  /** Packed recipient and amount (36 bytes) of each nonce: the content recorded in the signing history. */
  readonly contents: readonly Hex[];
}

/** The transfers are final on the source chain. Packed once: digest, signing history and calldata share the bytes. */
export interface BatchStatement extends AboutTransfers {
  readonly kind: 'batch';
  /** The whole packed batch, as the bridge's call takes it. */
  readonly transfers: Hex;
  /** Hash of the source block of the last transfer. */
  readonly sourceBlock: Hex;
  /**
   * `open`: all transfers are still to be executed. `block`: all transfers of one source block, including executed
   * ones, so that all signers approve the same digest.
   */
  readonly covers: 'open' | 'block';
}

/** A refused withdrawal may return to its redeemer. */
export interface BounceStatement extends AboutTransfers {
  readonly kind: 'bounce';
  /** Last second in which the bridge accepts it, since the epoch. */
  readonly deadline: bigint;
}

/** Pauses one bridge. */
export interface PauseStatement extends Signable {
  readonly kind: 'pause';
  readonly side: Side;
  readonly pauseNonce: bigint;
}

/** A period of one main token is distributed under a root. */
export interface RewardsStatement extends Signable, Pick<RewardPeriod, 'period' | 'root' | 'total'> {
  readonly kind: 'rewards';
  readonly token: Address;
}

/** The product chain's history up to a final block. */
export interface AnchorStatement extends Signable {
  readonly kind: 'anchor';
  readonly anchor: Anchor;
}

/** Statements for which the other signers' signatures are requested. */
export type SharedStatement = BatchStatement | BounceStatement | RewardsStatement | AnchorStatement;

/** Every kind of statement that the attesting key signs. */
export type Statement = SharedStatement | PauseStatement;

/** Both bridges of a pair, as the EIP-712 domains in which they verify signatures. */
export interface Pair {
  readonly main: Domain;
  readonly product: Domain;
}

const sides = (pair: Pair, direction: Direction) =>
  direction === 'mint'
    ? { source: pair.main, destination: pair.product }
    : { source: pair.product, destination: pair.main };

/** The WebAssembly of proofs: every signer hashes each batch two or three times. */
const hashBytes = (bytes: Hex): Hex => bytesToHex(keccak(hexToBytes(bytes)));

/**
 * Builds the attestation of proven transfers with consecutive nonces of one lane.
 * @throws {RangeError} for an empty list, or a transfer that cannot be packed.
 */
export function stateBatch(
  pair: Pair,
  signerEpoch: bigint,
  items: readonly Transfer[],
  covers: BatchStatement['covers'] = 'open',
): BatchStatement {
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('a batch needs at least one transfer');
  const { lane, nonce: firstNonce } = first;
  const { transfers, contents } = packTransfers(items);
  const attestation = {
    ...sides(pair, lane.direction),
    ...{ signerEpoch, productToken: lane.productToken, firstNonce, transfers, sourceBlock: last.blockHash },
  };
  const preimage = attestationPreimage(attestation, hashBytes);
  return {
    ...{ kind: 'batch', lane, firstNonce, count: items.length, items, transfers, contents, covers },
    sourceBlock: last.blockHash,
    ...{ signerEpoch, preimage, digest: keccak256(preimage) },
  };
}

/**
 * Builds the statement that allows one refused withdrawal to return to its redeemer.
 * @param deadline See `bounceDeadline`.
 */
export function stateBounce(pair: Pair, signerEpoch: bigint, transfer: Transfer, deadline: bigint): BounceStatement {
  const { lane, nonce, sender, recipient, amount } = transfer;
  const preimage = bouncePreimage({
    ...sides(pair, 'withdraw'),
    signerEpoch,
    productToken: lane.productToken,
    nonce,
    redeemer: sender,
    recipient,
    mainAmount: amount,
    deadline,
  });
  const { contents } = packTransfers([transfer]);
  return {
    ...{ kind: 'bounce', lane, firstNonce: nonce, count: 1, items: [transfer], contents, deadline },
    ...{ signerEpoch, preimage, digest: keccak256(preimage) },
  };
}

/** Builds the statement that pauses the bridge of one side. `pauseNonce`: the bridge's own counter. */
export function statePause(pair: Pair, side: Side, signerEpoch: bigint, pauseNonce: bigint): PauseStatement {
  const preimage = pausePreimage(pair[side], signerEpoch, pauseNonce);
  return { kind: 'pause', side, pauseNonce, signerEpoch, preimage, digest: keccak256(preimage) };
}

/** Builds the statement about one period. @param contract The Rewards contract. */
export function stateRewards(
  contract: { readonly chainId: number; readonly rewards: Address },
  signerEpoch: bigint,
  token: Address,
  { period, root, total }: Pick<RewardPeriod, 'period' | 'root' | 'total'>,
): RewardsStatement {
  const preimage = rewardsPreimage({ ...contract, signerEpoch, token, period, root, total });
  return { kind: 'rewards', token, period, root, total, signerEpoch, preimage, digest: keccak256(preimage) };
}

/** Builds the statement about the product chain's history. `signerEpoch`: of the main bridge. */
export function stateAnchor(domain: AnchorsDomain, signerEpoch: bigint, anchor: Anchor): AnchorStatement {
  const preimage = anchorPreimage(domain, signerEpoch, anchor);
  return { kind: 'anchor', anchor, signerEpoch, preimage, digest: keccak256(preimage) };
}
