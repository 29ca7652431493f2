import { type Hex, numberToHex } from 'viem';

import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type HeaderRule, type RpcHeader, headerHash } from '../../protocol/proof/header.ts';
import { coalesceBy } from '../async/coalesce.ts';
import type { RpcQuorum } from './rpc-quorum.ts';

/** Blocks in one request to a node. */
const AT_ONCE = 64n;
/** Blocks in memory: each bridge that anchors this chain reads all of them, mostly the newest. */
const REMEMBERED = 4_096;

/** Consecutive blocks of a chain, up to the block of `hash`. Both ends included. */
interface Range {
  readonly from: bigint;
  readonly to: bigint;
  readonly hash: Hex;
}

export interface LinkedHashes {
  /** Ascending. */
  readonly hashes: readonly Hex[];
  /** Hash of the block before them. */
  readonly parentHash: Hex;
}

/** One block by its header, which was hashed. */
interface Link {
  readonly hash: Hex;
  readonly parentHash: Hex;
}

/**
 * The hashes of consecutive blocks: each header is hashed and names its parent, so that only `hash` is trusted. A block
 * is read once for all bridges of the chain.
 * SECURITY: any node may answer; one with another header is refused and the next one queried.
 * @throws {PegwayError} `proof-invalid` when no node has headers that link up.
 */
export type ReadLinkedHashes = (range: Range) => Promise<LinkedHashes>;

export function createLinkedHashes(nodes: Pick<RpcQuorum, 'name' | 'oneOf'>, rule: HeaderRule): ReadLinkedHashes {
  const remembered = new BoundedMap<bigint, Link>(REMEMBERED);

  /** Links blocks down from `hash`, newest first. */
  const linkAll = (numbers: readonly bigint[], links: ReadonlyMap<bigint, Link>, hash: Hex, place: string): Link[] => {
    let expected = hash;
    return numbers.map((number) => {
      const found = links.get(number);
      if (found?.hash !== expected) {
        throw new PegwayError(
          `${place}: expected block ${number} with hash ${expected}, found ${found?.hash ?? 'none'}`,
          {
            code: 'proof-invalid',
            hint: 'the node serves another chain or other headers; if all nodes do, check headerRule',
          },
        );
      }
      expected = found.parentHash;
      return found;
    });
  };

  /** Reads the blocks that are not `known`. */
  const readAll = async (numbers: readonly bigint[], known: ReadonlyMap<bigint, Link>, hash: Hex): Promise<Link[]> => {
    const missing = numbers.filter((number) => !known.has(number));
    if (missing.length === 0) return linkAll(numbers, known, hash, `${nodes.name} chain`);
    return nodes.oneOf('eth_getBlockByNumber', async (request, endpoint) => {
      const headers = await Promise.all(
        missing.map((number) => request<RpcHeader | null>('eth_getBlockByNumber', [numberToHex(number), false])),
      );
      const links = new Map(known);
      for (const [at, number] of missing.entries()) {
        const header = headers[at] ?? null;
        // The height is one of the hashed fields, so that a header with the expected hash is of this height.
        if (header !== null) links.set(number, { hash: headerHash(header, rule), parentHash: header.parentHash });
      }
      return linkAll(numbers, links, hash, `${nodes.name} chain, ${endpoint}`);
    });
  };

  const readPart = coalesceBy(
    async ({ from, to, hash }: Range): Promise<readonly Link[]> => {
      const numbers = Array.from({ length: Number(to - from) + 1 }, (_, at) => to - BigInt(at));
      const known = new Map<bigint, Link>();
      for (const number of numbers) {
        const one = remembered.get(number);
        if (one !== undefined) known.set(number, one);
      }
      const links = await readAll(numbers, known, hash).catch((error: unknown) => {
        if (known.size === 0) throw error;
        // What is remembered may be of a branch that was dropped.
        return readAll(numbers, new Map(), hash);
      });
      for (const [at, link] of links.entries()) remembered.set(to - BigInt(at), link);
      return links;
    },
    ({ from, to, hash }) => `${from} ${to} ${hash}`,
  );

  return async ({ from, to, hash }) => {
    const hashes: Hex[] = [];
    let expected = hash;
    for (let top = to; top >= from; top -= AT_ONCE) {
      const low = top - AT_ONCE + 1n > from ? top - AT_ONCE + 1n : from;
      const links = await readPart({ from: low, to: top, hash: expected });
      hashes.push(...links.map((one) => one.hash));
      expected = links.at(-1)?.parentHash ?? expected;
    }
    return { hashes: hashes.reverse(), parentHash: expected };
  };
}
