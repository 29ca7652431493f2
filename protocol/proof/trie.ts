import { RLP } from '@ethereumjs/rlp';
import type { Hex } from 'viem';

import { toHex } from './hex.ts';
import { keccak } from './keccak.ts';
import { byHash, nibblesOf, walkPath } from './walk-trie.ts';

// Not the library's trie (@ethereumjs/mpt), which is designed for updates rather than one hash: for 1,000 receipts it
// takes 125 to 150 ms of CPU (70 to 90 with the fast Keccak), this one 5 to 11 (`npm run bench:proof`); the budget for
// the whole proof is 60 ms. Tests compare both over random lists.

/**
 * A path of nibbles and a value or reference; or sixteen references and the value that ends here, which is never used.
 */
type Node = Reference[];
/** A node's hash; or the node itself, if shorter than a hash. */
type Reference = Uint8Array | Node;

const empty = new Uint8Array(0);

/** Receives the encoding of each node that its parent refers to by hash. */
type Visit = (encoded: Uint8Array) => void;

/** Computes the root of the trie that stores each value under the RLP of its index: a block's receipts root. */
export function orderedTrieRoot(values: readonly Uint8Array[], visit?: Visit): Uint8Array {
  if (values.length === 0) return keccak(RLP.encode(empty));

  const order = keyOrder(values.length);
  const entries = order.map((index) => ({ path: nibblesOf(RLP.encode(index)), value: values[index] ?? empty }));

  const root = RLP.encode(nodeOf(entries, 0, visit));
  visit?.(root);
  return keccak(root);
}

/** The nodes from the root down to the value at `index`. */
export function orderedTrieProof(values: readonly Uint8Array[], index: number): readonly Hex[] {
  const nodes: Hex[] = [];
  const root = orderedTrieRoot(values, (encoded) => nodes.push(toHex(encoded)));
  const walk = walkPath(byHash(nodes), toHex(root), nibblesOf(RLP.encode(index)));
  if ('missing' in walk || walk.value === undefined) throw new RangeError(`no value at ${index}`);
  return walk.proof;
}

interface Entry {
  readonly path: readonly number[];
  readonly value: Uint8Array;
}

/** RLP encodes 1 to 127 as themselves, 0 as 0x80, and larger indices with a length prefix: so 0 sorts after 127. */
function keyOrder(count: number): number[] {
  const order = Array.from({ length: count }, (_, index) => index);
  order.splice(Math.min(count, 128) - 1, 0, ...order.splice(0, 1));
  return order;
}

/** Builds the node over sorted entries that agree on the first `depth` nibbles. No path is a prefix of another. */
function nodeOf(entries: readonly Entry[], depth: number, visit?: Visit): Node {
  const [first] = entries;
  const last = entries.at(-1);
  if (first === undefined || last === undefined) throw new RangeError('a trie node holds at least one entry');

  if (entries.length === 1) return [packed(first.path.slice(depth), true), first.value];

  // Sorted: a prefix common to the first and the last is common to all.
  let shared = depth;
  while (first.path[shared] === last.path[shared]) shared += 1;
  if (shared > depth) {
    return [packed(first.path.slice(depth, shared), false), referenceTo(nodeOf(entries, shared, visit), visit)];
  }

  const branch: Node = Array.from({ length: 17 }, () => empty);
  for (let from = 0; from < entries.length;) {
    const nibble = entries[from]?.path[depth] ?? 0;
    let to = from + 1;
    while (entries[to]?.path[depth] === nibble) to += 1;
    branch[nibble] = referenceTo(nodeOf(entries.slice(from, to), depth + 1, visit), visit);
    from = to;
  }
  return branch;
}

function referenceTo(node: Node, visit: Visit | undefined): Reference {
  const encoded = RLP.encode(node);
  if (encoded.length < 32) return node;
  visit?.(encoded);
  return keccak(encoded);
}

/** Two nibbles per byte, after a flag for a leaf and one for an odd count (hex prefix encoding). */
function packed(path: readonly number[], endsHere: boolean): Uint8Array {
  const odd = path.length % 2;
  const nibbles = [(endsHere ? 2 : 0) + odd, ...(odd === 1 ? [] : [0]), ...path];
  return Uint8Array.from(
    { length: nibbles.length / 2 },
    (_, at) => ((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0),
  );
}
