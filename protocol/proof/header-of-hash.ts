import { type Hash, type Hex, keccak256 } from 'viem';

import { PegwayError } from '../errors.ts';
import { ProofError } from './error.ts';
import { type HeaderRule, type RpcHeader, encodeHeader, headerRules } from './header.ts';
import { toHex } from './hex.ts';

/**
 * The RLP of a node's header, which hashes to `hash`.
 * @param rule Undefined where it is not known: the first by which the header has that hash.
 * @throws {PegwayError} when it has that hash by none.
 */
export function headerOfHash(given: RpcHeader, hash: Hash, rule?: HeaderRule): Hex {
  const tried = rule === undefined ? headerRules : [rule];
  for (const each of tried) {
    const header = encoded(given, each, rule === undefined);
    if (header !== undefined && keccak256(header) === hash) return header;
  }
  throw new PegwayError(
    `the node's header of block ${hash} does not have that hash by headerRule ${tried.join(', ')}`,
    {
      code: 'proof-invalid',
      hint: 'ask another node, or correct the headerRule of the product chain',
    },
  );
}

/** Undefined when the header is none of that rule and others are tried. */
function encoded(given: RpcHeader, rule: HeaderRule, isTrial: boolean): Hex | undefined {
  try {
    return toHex(encodeHeader(given, rule));
  } catch (error) {
    if (isTrial && error instanceof ProofError) return undefined;
    throw error;
  }
}
