import { type Hex, numberToHex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type HeaderRule, type RpcHeader, headerHash } from '../../protocol/proof/header.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';

/** Blocks in one request to a node. */
const AT_ONCE = 64n;

/** Consecutive blocks of a chain. */
export interface LinkedHashes {
  /** Ascending. */
  readonly hashes: readonly Hex[];
  /** Hash of the block before them. */
  readonly parentHash: Hex;
}

/**
 * The hashes of the blocks from `from` to `to`, the block of `hash`: each header is hashed and names its parent, so that
 * only `hash` is trusted.
 * SECURITY: any node may answer; one with another header is refused and the next one queried.
 * @throws {PegwayError} `proof-invalid` when no node has headers that link up.
 */
export async function linkedHashes(
  nodes: Pick<RpcQuorum, 'name' | 'oneOf'>,
  rule: HeaderRule,
  { from, to, hash }: { readonly from: bigint; readonly to: bigint; readonly hash: Hex },
): Promise<LinkedHashes> {
  const hashes: Hex[] = [];
  let expected = hash;
  for (let top = to; top >= from; top -= AT_ONCE) {
    const low = top - AT_ONCE + 1n > from ? top - AT_ONCE + 1n : from;
    const numbers = Array.from({ length: Number(top - low) + 1 }, (_, at) => top - BigInt(at));
    const wanted = expected;
    const linked = await nodes.oneOf('eth_getBlockByNumber', async (request, endpoint) => {
      const headers = await Promise.all(
        numbers.map((number) => request<RpcHeader | null>('eth_getBlockByNumber', [numberToHex(number), false])),
      );
      return link(headers, { rule, wanted, numbers, place: `${nodes.name} chain, ${endpoint}` });
    });
    hashes.push(...linked.hashes);
    expected = linked.parentHash;
  }
  return { hashes: hashes.reverse(), parentHash: expected };
}

/** Links headers from the newest down. */
function link(
  headers: readonly (RpcHeader | null)[],
  { rule, wanted, numbers, place }: { rule: HeaderRule; wanted: Hex; numbers: readonly bigint[]; place: string },
): LinkedHashes {
  const hashes: Hex[] = [];
  let expected = wanted;
  for (const [at, header] of headers.entries()) {
    const number = numbers[at] ?? 0n;
    // The height is one of the hashed fields, so that a header with the expected hash is of this height.
    const found = header === null ? undefined : headerHash(header, rule);
    if (header === null || found !== expected) {
      throw new PegwayError(`${place}: expected block ${number} with hash ${expected}, found ${found ?? 'none'}`, {
        code: 'proof-invalid',
        hint: 'the node serves another chain or other headers; if all nodes do, check headerRule',
      });
    }
    hashes.push(expected);
    expected = header.parentHash;
  }
  return { hashes, parentHash: expected };
}
