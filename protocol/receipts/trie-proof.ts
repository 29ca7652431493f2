import { RLP } from '@ethereumjs/rlp';
import { type Hex, bytesToHex, keccak256 } from 'viem';

import { type RlpItem, decodeRlp } from '../proof/decode-rlp.ts';
import { ReceiptError, refusing } from './receipt-error.ts';

/** A branch: sixteen children, and a value that no index ends at. */
const BRANCH = 17;
const HASH = 32;

/**
 * Proves one value of the trie that stores a block's receipts under the RLP of their index.
 * @param nodes From the root to the leaf, each as its RLP.
 * @returns The value.
 * @throws {ReceiptError} unless the nodes are exactly the path of this index.
 *
 * SECURITY: the key comes from the index alone, so it fixes the path, and with it the number of nodes. A leaf differs from an
 * inner node by its flag and ends the path. A receipt is longer than a hash: no node on its path is embedded in its parent.
 */
export function provenValue(root: Hex, index: number, nodes: readonly Uint8Array[], field: string): Uint8Array {
  const key = Array.from(RLP.encode(index)).flatMap((byte) => [byte >> 4, byte & 15]);
  let expected = root;
  let depth = 0;
  for (const [at, bytes] of nodes.entries()) {
    const path = `${field}[${at}]`;
    const found = keccak256(bytes);
    if (found !== expected) {
      throw new ReceiptError(path, `its hash is ${found}, expected ${expected}, which ${nameOf(at)} names`);
    }
    const node = decodeRlp(bytes, 1, refusing(path));
    const isLast = at === nodes.length - 1;
    if (!(node instanceof Uint8Array) && node.length === BRANCH) {
      const child = key[depth];
      if (child === undefined || isLast)
        throw new ReceiptError(path, 'a branch is not a leaf: the proof ends too early');
      expected = hashIn(node[child], path);
      depth += 1;
      continue;
    }
    const { nibbles, isLeaf } = partial(node, path);
    if (nibbles.some((nibble, offset) => nibble !== key[depth + offset])) {
      throw new ReceiptError(path, `it is not on the path of transaction index ${index}`);
    }
    depth += nibbles.length;
    const value = node[1];
    if (isLeaf !== isLast) {
      throw new ReceiptError(path, isLast ? 'the proof ends before the leaf' : 'nodes follow the leaf');
    }
    if (!isLeaf) {
      if (nibbles.length === 0) throw new ReceiptError(path, 'an extension without a path');
      expected = hashIn(value, path);
      continue;
    }
    if (depth !== key.length) throw new ReceiptError(path, `the leaf is not that of transaction index ${index}`);
    if (!(value instanceof Uint8Array)) throw new ReceiptError(path, 'a leaf holds bytes');
    return value;
  }
  throw new ReceiptError(field, 'expected at least one node, found none');
}

const nameOf = (at: number): string => (at === 0 ? 'the header’s receiptsRoot' : 'the node above');

function hashIn(child: RlpItem | number | undefined, path: string): Hex {
  if (child instanceof Uint8Array && child.length === HASH) return bytesToHex(child);
  throw new ReceiptError(path, 'expected the hash of the next node on the path');
}

/** The part of a path that a leaf or an extension holds (hex prefix encoding). */
function partial(node: RlpItem, path: string): { readonly nibbles: readonly number[]; readonly isLeaf: boolean } {
  const [encoded] = node;
  if (node instanceof Uint8Array || node.length !== 2 || !(encoded instanceof Uint8Array)) {
    throw new ReceiptError(path, 'expected a branch, an extension or a leaf of a Merkle Patricia trie');
  }
  const [flag, ...nibbles] = Array.from(encoded).flatMap((byte) => [byte >> 4, byte & 15]);
  if (flag === undefined || flag > 3) throw new ReceiptError(path, 'its path has an unknown flag');
  if ((flag & 1) === 0 && nibbles.shift() !== 0) throw new ReceiptError(path, 'its path has a padding other than zero');
  return { nibbles, isLeaf: (flag & 2) !== 0 };
}
