import { type Hex, bytesToHex, concatBytes, hexToBytes, numberToBytes } from 'viem';

import { keccak } from '../proof/keccak.ts';

/*
 * The twin of contracts/anchors/History.sol: a commitment to all blocks of a chain from a first one on, as a Merkle mountain
 * range over groups of 256 block hashes. docs/protocol.md has the layout and vectors.
 */

/** Levels of the tree over one group. */
const GROUP_DEPTH = 8;
/** Blocks in a group. */
export const GROUP = 2 ** GROUP_DEPTH;

const WORD = 32;
const NODE = Uint8Array.of(1);
const LEAF = Uint8Array.of(0);
const EMPTY = new Uint8Array(WORD);
const TAG = keccak(new TextEncoder().encode('Pegway history 1'));

/** A history as far as it is needed to continue it. Immutable; no member grows with its length but by bits of it. */
export interface History {
  readonly first: bigint;
  /** Number of blocks; the newest has height `first + count - 1`. */
  readonly count: bigint;
  /** Roots of the perfect trees over the complete groups, the largest first. */
  readonly peaks: readonly Hex[];
  /** Hashes of the newest blocks, fewer than 256, which complete no group yet. */
  readonly tail: readonly Hex[];
}

/** A node of the mountain range that no longer changes: level 0 are the leaves. It covers leaves `index << level` and on. */
export interface HistoryNode {
  readonly level: number;
  readonly index: bigint;
  readonly hash: Hex;
}

/** Proves the hash of one block of a history; as `History.Proof` of the contract. */
export interface HistoryProof {
  /** From the block upwards: 8 to the root of its group, then those to its peak; in the tail only 8. */
  readonly siblings: readonly Hex[];
  /** All peaks of the history, the largest first. */
  readonly peaks: readonly Hex[];
  /** Zero without a tail. */
  readonly tailRoot: Hex;
}

const bytesOf = (hash: Hex): Uint8Array => {
  const bytes = hexToBytes(hash);
  if (bytes.length !== WORD) throw new RangeError(`expected a hash of 32 bytes, found ${hash}`);
  return bytes;
};
const hexOf = (bytes: Uint8Array): Hex => bytesToHex(bytes);
const word = (value: bigint): Uint8Array => numberToBytes(value, { size: WORD });

const hash = (...parts: readonly Uint8Array[]): Uint8Array => keccak(concatBytes([...parts]));
const parentOf = (left: Uint8Array, right: Uint8Array): Uint8Array => hash(NODE, left, right);
const leafOf = (index: bigint, root: Uint8Array): Uint8Array => hash(LEAF, word(index), root);

/** All levels of the tree over a group that is filled up with zeros, from the block hashes to the root. */
function levelsOf(group: readonly Hex[]): Uint8Array[][] {
  const levels = [Array.from({ length: GROUP }, (_, at) => (at < group.length ? bytesOf(group[at] ?? '0x') : EMPTY))];
  for (let below = levels[0] ?? []; below.length > 1;) {
    const above: Uint8Array[] = [];
    for (let at = 0; at < below.length; at += 2) above.push(parentOf(below[at] ?? EMPTY, below[at + 1] ?? EMPTY));
    levels.push(above);
    below = above;
  }
  return levels;
}

const rootOf = (group: readonly Hex[]): Uint8Array => levelsOf(group)[GROUP_DEPTH]?.[0] ?? EMPTY;

/** @param first The height of its first block, at least 1. */
export const emptyHistory = (first: bigint): History => ({ first, count: 0n, peaks: [], tail: [] });

/** The height of the newest block; `first - 1` when empty. */
export const headOf = ({ first, count }: Pick<History, 'first' | 'count'>): bigint => first + count - 1n;

const leavesOf = (count: bigint): bigint => count / BigInt(GROUP);

/**
 * Continues a history.
 * @param hashes Of the blocks after its newest one, in order.
 * @param onNode Receives each node that these blocks complete: with all nodes, every block can be proven later.
 */
export function append(history: History, hashes: readonly Hex[], onNode?: (node: HistoryNode) => void): History {
  const peaks = [...history.peaks];
  let tail = [...history.tail];
  let leaves = leavesOf(history.count);
  for (const one of hashes) {
    if (BigInt(one) === 0n) throw new RangeError('zero is no block hash');
    tail.push(one);
    if (tail.length < GROUP) continue;
    let node = leafOf(leaves, rootOf(tail));
    tail = [];
    onNode?.({ level: 0, index: leaves, hash: hexOf(node) });
    // As in binary addition: each set bit at the end of the count is a peak that the new one merges with.
    for (let level = 0; (leaves >> BigInt(level)) & 1n; level++) {
      node = parentOf(bytesOf(peaks.pop() ?? '0x'), node);
      onNode?.({ level: level + 1, index: leaves >> BigInt(level + 1), hash: hexOf(node) });
    }
    peaks.push(hexOf(node));
    leaves++;
  }
  return { first: history.first, count: history.count + BigInt(hashes.length), peaks, tail };
}

/** The peaks over `leaves` leaves, the largest first: level and index of each. */
function peaksOver(leaves: bigint): { readonly level: number; readonly index: bigint }[] {
  const places = [];
  for (let level = leaves.toString(2).length - 1; level >= 0; level--) {
    if ((leaves >> BigInt(level)) & 1n) places.push({ level, index: (leaves >> BigInt(level)) - 1n });
  }
  return places;
}

/**
 * An earlier state of a history, from its nodes.
 * @param count Of its blocks.
 * @param node The hash of a node, as `append` reported it.
 * @param tail The hashes of its blocks after the last complete group.
 */
export function historyOf(
  first: bigint,
  count: bigint,
  node: (place: { readonly level: number; readonly index: bigint }) => Hex,
  tail: readonly Hex[],
): History {
  if (BigInt(tail.length) !== count % BigInt(GROUP)) {
    throw new RangeError(`a history of ${count} blocks has a tail of ${count % BigInt(GROUP)}, found ${tail.length}`);
  }
  return { first, count, peaks: peaksOver(leavesOf(count)).map(node), tail };
}

/** Zero without a tail. */
export const tailRootOf = ({ tail }: Pick<History, 'tail'>): Hex => hexOf(tail.length === 0 ? EMPTY : rootOf(tail));

/** The bag of these peaks; zero for none. */
export const bagOf = (peaks: readonly Hex[]): Hex =>
  hexOf(peaks.reduce<Uint8Array>((bag, peak) => hash(bag, bytesOf(peak)), EMPTY));

const commitment = (first: bigint, number: bigint, bag: Hex, tailRoot: Hex): Hex =>
  hexOf(hash(TAG, word(first), word(number), bytesOf(bag), bytesOf(tailRoot)));

/** The commitment to a history, `historyRoot` of an anchor. @throws {RangeError} for an empty history. */
export function historyRootOf(history: History): Hex {
  if (history.count === 0n) throw new RangeError('an empty history has no commitment');
  return commitment(history.first, headOf(history), bagOf(history.peaks), tailRootOf(history));
}

/** How many of the first peaks of an earlier history of `earlier` blocks a history of `count` blocks has, too. */
export function keptPeaks(earlier: bigint, count: bigint): number {
  const kept = new Set(peaksOver(leavesOf(earlier)).map(({ level, index }) => `${level} ${index}`));
  return peaksOver(leavesOf(count)).filter(({ level, index }) => kept.has(`${level} ${index}`)).length;
}

/** What `Anchors.anchor` takes beside the statement. `earlier`: number of blocks of the last anchor's history. */
export function anchorArguments(
  history: History,
  earlier: bigint,
): { readonly bag: Hex; readonly peaks: readonly Hex[]; readonly tailRoot: Hex } {
  const kept = keptPeaks(earlier, history.count);
  return {
    bag: bagOf(history.peaks.slice(0, kept)),
    peaks: history.peaks.slice(kept),
    tailRoot: tailRootOf(history),
  };
}

/** The peak over leaf `index`, by its place among the peaks. */
function peakOver(index: bigint, leaves: bigint): { readonly level: number; readonly place: number } | undefined {
  const all = peaksOver(leaves);
  const place = all.findIndex((peak) => index >> BigInt(peak.level) === peak.index);
  return place < 0 ? undefined : { level: all[place]?.level ?? 0, place };
}

/** The group of a block: number of its leaf, and its place within. `undefined` for a block that is not in the history. */
export function groupOf(
  { first, count }: Pick<History, 'first' | 'count'>,
  height: bigint,
): { readonly index: bigint; readonly place: number; readonly inTail: boolean } | undefined {
  const position = height - first;
  if (position < 0n || position >= count) return undefined;
  const index = position / BigInt(GROUP);
  return { index, place: Number(position % BigInt(GROUP)), inTail: index === leavesOf(count) };
}

/**
 * Proves a block of a history.
 * @param group Hashes of all blocks of its group; the history's own tail is used for a block in it.
 * @param node The hash of a node, as `append` reported it.
 * @throws {RangeError} for a block that is not in the history, or a group that is not the history's.
 */
export function proveHeight(
  history: History,
  height: bigint,
  group: readonly Hex[],
  node: (place: { readonly level: number; readonly index: bigint }) => Hex,
): HistoryProof {
  const at = groupOf(history, height);
  if (at === undefined) throw new RangeError(`block ${height} is not from ${history.first} to ${headOf(history)}`);
  const levels = levelsOf(at.inTail ? history.tail : group);
  const siblings = levels.slice(0, GROUP_DEPTH).map((level, depth) => hexOf(level[(at.place >> depth) ^ 1] ?? EMPTY));
  if (!at.inTail) {
    const leaf = hexOf(leafOf(at.index, levels[GROUP_DEPTH]?.[0] ?? EMPTY));
    if (leaf !== node({ level: 0, index: at.index })) throw new RangeError(`not the blocks of leaf ${at.index}`);
    const peak = peakOver(at.index, leavesOf(history.count));
    for (let level = 0; level < (peak?.level ?? 0); level++) {
      siblings.push(node({ level, index: (at.index >> BigInt(level)) ^ 1n }));
    }
  }
  return { siblings, peaks: history.peaks, tailRoot: tailRootOf(history) };
}

/** True if `root`, of the blocks from `first` to `number`, commits to this hash at this height. Never throws. */
export function includesBlock(claim: {
  readonly root: Hex;
  readonly first: bigint;
  readonly number: bigint;
  readonly height: bigint;
  readonly blockHash: Hex;
  readonly proof: HistoryProof;
}): boolean {
  const { root, first, number, height, proof } = claim;
  const isWord = (value: Hex): boolean => /^0x[0-9a-f]{64}$/i.test(value);
  if (![root, claim.blockHash, proof.tailRoot, ...proof.peaks, ...proof.siblings].every(isWord)) return false;
  const count = number - first + 1n;
  const at = groupOf({ first, count }, height);
  if (at === undefined || first < 1n || BigInt(claim.blockHash) === 0n) return false;

  const leaves = leavesOf(count);
  const hasTail = count % BigInt(GROUP) !== 0n;
  if (proof.peaks.length !== peaksOver(leaves).length || hasTail === (BigInt(proof.tailRoot) === 0n)) return false;
  if (commitment(first, number, bagOf(proof.peaks), proof.tailRoot) !== root.toLowerCase()) return false;

  const peak = at.inTail ? undefined : peakOver(at.index, leaves);
  if (proof.siblings.length !== GROUP_DEPTH + (peak?.level ?? 0)) return false;
  const siblings = proof.siblings.map(bytesOf);
  const climb = (start: Uint8Array, position: bigint, path: readonly Uint8Array[]): Uint8Array =>
    path.reduce(
      (below, sibling, depth) =>
        (position >> BigInt(depth)) & 1n ? parentOf(sibling, below) : parentOf(below, sibling),
      start,
    );
  const group = climb(bytesOf(claim.blockHash), BigInt(at.place), siblings.slice(0, GROUP_DEPTH));
  if (peak === undefined) return hexOf(group) === proof.tailRoot.toLowerCase();
  const top = climb(leafOf(at.index, group), at.index, siblings.slice(GROUP_DEPTH));
  return hexOf(top) === proof.peaks[peak.place]?.toLowerCase();
}
