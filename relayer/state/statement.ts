import { type Hex, keccak256 } from 'viem';

import { type Domain, attestationPreimage, bouncePreimage, encodeTransfers } from '../../protocol/attestation.ts';
import type { Direction, Lane, Transfer } from '../../protocol/lane.ts';

/** The statement about a batch, ready to be signed or compared. */
export interface Statement {
  readonly lane: Lane;
  readonly firstNonce: bigint;
  readonly count: number;
  /** Packed. */
  readonly transfers: Hex;
  readonly signerEpoch: bigint;
  readonly preimage: Hex;
  readonly digest: Hex;
}

export interface Pair {
  readonly main: Domain;
  readonly product: Domain;
}

const sides = (pair: Pair, direction: Direction) =>
  direction === 'mint'
    ? { source: pair.main, destination: pair.product }
    : { source: pair.product, destination: pair.main };

/** Puts a run of proven transfers of one lane into words. */
export function stateBatch(pair: Pair, signerEpoch: bigint, transfers: readonly Transfer[]): Statement {
  const first = transfers[0];
  if (first === undefined) throw new RangeError('a batch without transfers');
  const { lane, nonce: firstNonce } = first;
  const packed = encodeTransfers(transfers);
  const preimage = attestationPreimage({
    ...sides(pair, lane.direction),
    signerEpoch,
    productToken: lane.productToken,
    firstNonce,
    transfers: packed,
  });
  const digest = keccak256(preimage);
  return { lane, firstNonce, count: transfers.length, transfers: packed, signerEpoch, preimage, digest };
}

/** The statement that one refused withdrawal may go back. */
export function stateBounce(pair: Pair, signerEpoch: bigint, transfer: Transfer): Omit<Statement, 'transfers'> {
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
  return { lane, firstNonce: nonce, count: 1, signerEpoch, preimage, digest: keccak256(preimage) };
}
