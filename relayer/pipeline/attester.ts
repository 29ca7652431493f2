import type { Address, Hex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Statement } from '../state/statement.ts';
import { compactSignature } from '../../protocol/attestation.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';

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

    async batch(statement) {
      const { lane, firstNonce, transfers } = statement;
      const contents = transfers.slice(2).match(/.{72}/g) ?? [];
      const conflict = journal.record(
        laneKey(lane),
        firstNonce,
        contents.map((content): Hex => `0x${content}`),
      );
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
