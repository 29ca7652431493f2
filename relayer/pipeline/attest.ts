import { type Address, type Hex, keccak256 } from 'viem';

import { PegwayError } from '../errors.ts';
import {
  type Domain,
  attestationPreimage,
  bouncePreimage,
  compactSignature,
  encodeTransfers,
} from '../transfer/attestation.ts';
import { type Direction, type Lane, type Transfer, laneKey } from '../transfer/lane.ts';

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
export function stateBounce(pair: Pair, signerEpoch: bigint, { lane, nonce, sender, recipient, amount }: Transfer) {
  const preimage = bouncePreimage({
    ...sides(pair, 'withdraw'),
    signerEpoch,
    productToken: lane.productToken,
    nonce,
    redeemer: sender,
    recipient,
    mainAmount: amount,
  });
  return { preimage, digest: keccak256(preimage) };
}

export interface Attester {
  readonly address: Address;
  /** Checks and records each content, then signs; 64 bytes of EIP-2098. @throws {PegwayError} `second-content` */
  batch(statement: Statement): Promise<Hex>;
  /** Signs what carries no batch: a bounce, a pause. */
  statement(statement: { readonly preimage: Hex; readonly digest: Hex }): Promise<Hex>;
}

/** Answers by digest that are kept, so that a peer that asks twice costs one signature. */
const REMEMBERED = 4_096;

export function createAttester(options: {
  readonly signer: { readonly address: Address; sign(preimage: Hex): Promise<{ r: Hex; s: Hex; yParity: 0 | 1 }> };
  readonly journal: { record(laneKey: string, firstNonce: bigint, contents: readonly Hex[]): bigint | undefined };
  readonly onSecondContent: (lane: Lane, nonce: bigint) => void;
}): Attester {
  const { signer, journal, onSecondContent } = options;
  const remembered = new Map<Hex, Promise<Hex>>();

  const sign = ({ preimage, digest }: { readonly preimage: Hex; readonly digest: Hex }): Promise<Hex> => {
    const known = remembered.get(digest);
    if (known !== undefined) return known;
    const signature = signer.sign(preimage).then(compactSignature);
    remembered.set(digest, signature);
    signature.catch(() => remembered.delete(digest));
    const oldest = remembered.keys().next();
    if (remembered.size > REMEMBERED && oldest.done !== true) remembered.delete(oldest.value);
    return signature;
  };

  return {
    address: signer.address,

    batch(statement) {
      const { lane, firstNonce, transfers } = statement;
      const contents = transfers.slice(2).match(/.{72}/g) ?? [];
      const conflict = journal.record(laneKey(lane), firstNonce, contents.map((content): Hex => `0x${content}`));
      if (conflict !== undefined) {
        onSecondContent(lane, conflict);
        throw new PegwayError(`${laneKey(lane)}: this signer has signed another content for nonce ${conflict}`, {
          code: 'second-content',
          hint: `find out which is true; then: pegway journal accept ${lane.direction} ${lane.productToken} ${conflict}`,
        });
      }
      return sign(statement);
    },

    statement: sign,
  };
}
