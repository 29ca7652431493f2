import { type Address, type Hex, concatHex, keccak256, numberToHex, padHex, zeroHash } from 'viem';

/** `earned`: all that the account has ever earned in one token, in its base units. */
interface Leaf {
  readonly account: Address;
  readonly earned: bigint;
}

/** The leaf as `Rewards.claim` hashes it: twice, so that no inner node is a leaf. */
const leafHash = ({ account, earned }: Leaf): Hex =>
  keccak256(keccak256(concatHex([padHex(account, { size: 32 }), numberToHex(earned, { size: 32 })])));

const order = (a: Hex, b: Hex): number => (a < b ? -1 : a > b ? 1 : 0);

const parentOf = (a: Hex, b: Hex): Hex => keccak256(concatHex([a, b].sort(order)));

/** The tree of OpenZeppelin's `StandardMerkleTree`: node i has the children 2i + 1 and 2i + 2; sorted leaves fill it from the end. */
function treeOf(leaves: readonly Leaf[]): Hex[] {
  const hashes = leaves.map(leafHash).sort(order);
  const tree: Hex[] = Array.from({ length: 2 * hashes.length - 1 }, () => zeroHash);
  for (const [index, hash] of hashes.entries()) tree[tree.length - 1 - index] = hash;
  for (let node = hashes.length - 2; node >= 0; node--) {
    tree[node] = parentOf(tree[2 * node + 1] ?? zeroHash, tree[2 * node + 2] ?? zeroHash);
  }
  return tree;
}

/** The cumulative root that `Rewards.publish` takes. Without leaves it is zero, under which nothing can be claimed. */
export const rewardsRoot = (leaves: readonly Leaf[]): Hex =>
  leaves.length === 0 ? zeroHash : (treeOf(leaves)[0] ?? zeroHash);

/**
 * The proof that `Rewards.claim` takes, from the leaf's sibling up.
 * @throws {RangeError} when the account has no leaf.
 */
export function rewardsProof(leaves: readonly Leaf[], account: Address): Hex[] {
  const leaf = leaves.find((one) => one.account === account);
  if (leaf === undefined) throw new RangeError(`${account} has earned nothing`);
  const tree = treeOf(leaves);
  const proof: Hex[] = [];
  for (let node = tree.indexOf(leafHash(leaf)); node > 0; node = (node - 1) >> 1) {
    const sibling = tree[node % 2 === 1 ? node + 1 : node - 1];
    if (sibling !== undefined) proof.push(sibling);
  }
  return proof;
}
