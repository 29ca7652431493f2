import { type Hash, type Hex, hexToBytes } from 'viem';

import { type RlpItem, decodeRlp } from './decode-rlp.ts';
import { ProofError } from './error.ts';
import { toHex } from './hex.ts';
import { keccak } from './keccak.ts';

/** The root of a trie without keys. */
export const EMPTY_ROOT: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421';

/** Trie nodes by the keccak256 of their RLP. */
export type TrieNodes = ReadonlyMap<Hash, Hex>;

/** What a trie has under a key; or the node that is missing to know. */
export type Walk =
  | {
      /** From the root down, as `eth_getProof` returns them and as `StateTrie` takes them. */
      readonly proof: readonly Hex[];
      /** In RLP; undefined when the trie has nothing under the key, which `proof` shows as well. */
      readonly value: Uint8Array | undefined;
    }
  | { readonly missing: Hash };

/** Levels of nodes within a node: each is shorter than a hash, and at least one byte longer than the next. */
const INLINE = 32;

/**
 * Looks a key up in a trie of hashed keys: a chain's state, or an account's storage.
 * @param key Before it is hashed: an address in 20 bytes, a slot in 32.
 * @throws {ProofError} when a node is no node of such a trie.
 */
export const walkTrie = (nodes: TrieNodes, root: Hash, key: Hex): Walk =>
  walkPath(nodes, root, nibblesOf(keccak(hexToBytes(key))));

/** The same for a path of nibbles, in a trie in which no path is a prefix of another. */
export function walkPath(nodes: TrieNodes, root: Hash, path: readonly number[]): Walk {
  if (root === EMPTY_ROOT) return { proof: [], value: undefined };
  const proof: Hex[] = [];
  let depth = 0;
  let next: RlpItem = hexToBytes(root);
  for (;;) {
    if (next instanceof Uint8Array) {
      if (next.length === 0) return { proof, value: undefined };
      const hash = toHex(next);
      const node = nodes.get(hash);
      if (node === undefined) return { missing: hash };
      proof.push(node);
      next = decodeRlp(hexToBytes(node), INLINE, () => badNode(proof));
    }
    if (next instanceof Uint8Array) throw badNode(proof);
    if (next.length === 17) {
      next = itemAt(next, path[depth++] ?? -1, proof);
      continue;
    }
    const compact = itemAt(next, 0, proof);
    if (next.length !== 2 || !(compact instanceof Uint8Array)) throw badNode(proof);
    const { leaf, nibbles } = unpacked(compact);
    const same = nibbles.every((nibble, index) => nibble === path[depth + index]);
    const target: RlpItem = itemAt(next, 1, proof);
    if (leaf || !same) return { proof, value: leaf && same && target instanceof Uint8Array ? target : undefined };
    depth += nibbles.length;
    next = target;
  }
}

/** These nodes by their hashes. SECURITY: computed here, so that a node given by anyone can only be absent, never wrong. */
export const byHash = (nodes: Iterable<Hex>): Map<Hash, Hex> =>
  new Map(Array.from(nodes, (node) => [toHex(keccak(hexToBytes(node))), node]));

export const nibblesOf = (bytes: Uint8Array): number[] => Array.from(bytes).flatMap((byte) => [byte >> 4, byte & 15]);

function itemAt(items: readonly RlpItem[], index: number, proof: readonly Hex[]): RlpItem {
  const item = items[index];
  if (item === undefined) throw badNode(proof);
  return item;
}

/** Hex prefix encoding: flags for a leaf and an odd length, then the nibbles. */
function unpacked(compact: Uint8Array): { leaf: boolean; nibbles: number[] } {
  const [flags = 0, ...rest] = nibblesOf(compact);
  return { leaf: (flags & 2) === 2, nibbles: flags % 2 === 1 ? rest : rest.slice(1) };
}

const badNode = (proof: readonly Hex[]) =>
  new ProofError('proof', `proof: node ${proof.length - 1} is no node of a trie`);
