import type { Address, Hash, Hex } from 'viem';

import { PegwayError } from '../errors.ts';
import { type Snapshot, openSnapshot } from './snapshot.ts';
import type { HeaderRule, RpcHeader } from '../proof/header.ts';
import { headerOfHash } from '../proof/header-of-hash.ts';
import { type TrieNodes, byHash } from '../proof/walk-trie.ts';

/** Asks a node. Any node: each answer is checked against the block's hash. */
export type Ask = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** The storage slots to prove, by contract. */
export type Slots = ReadonlyMap<Address, readonly Hex[]>;

export interface SnapshotPlan {
  readonly chainId: number;
  readonly blockHash: Hash;
  /** Undefined where it is not known: the one by which the header has that hash. */
  readonly rule?: HeaderRule | undefined;
  readonly slots: Slots;
}

/** What `eth_getProof` answers; only the fields read here. */
interface AccountProof {
  readonly accountProof: readonly Hex[];
  readonly storageProof: readonly { readonly proof: readonly Hex[] }[];
}

/** Slots per `eth_getProof`: an answer of some 200 kB. */
const AT_ONCE = 128;

/**
 * Proves the slots at a block. Parts of the tries that `kept`, the nodes of an earlier snapshot, has already are not asked
 * for: between two snapshots only what changed is read.
 * @throws {PegwayError} when the node lacks the block or its state, or answers with proofs of another block.
 */
export async function takeSnapshot(ask: Ask, plan: SnapshotPlan, kept: TrieNodes = new Map()): Promise<Snapshot> {
  const { chainId, slots } = plan;
  const header = await headerOf(ask, plan);
  const nodes = new Map(kept);
  const snapshot = openSnapshot({ chainId, header, nodes });
  for (const [contract, keys] of slots) await complete(ask, snapshot, nodes, contract, keys);

  // Nodes of earlier blocks go.
  const used = [...slots].flatMap(([contract, keys]) => keys.flatMap((key) => snapshot.slot(contract, key).nodes));
  return openSnapshot({ chainId, header, nodes: byHash(new Set(used)) });
}

/** Asks for keys until none lacks a node. */
async function complete(
  ask: Ask,
  snapshot: Snapshot,
  nodes: Map<Hash, Hex>,
  contract: Address,
  keys: readonly Hex[],
): Promise<void> {
  const { blockHash } = snapshot;
  for (;;) {
    // One key for each node that is missing leads to all others below it.
    const wanted = new Map<Hash, Hex>();
    for (const key of keys) {
      const node = snapshot.missing(contract, key);
      if (node !== undefined && !wanted.has(node)) wanted.set(node, key);
      if (wanted.size === AT_ONCE) break;
    }
    if (wanted.size === 0) return;

    const answer = (await ask('eth_getProof', [contract, [...wanted.values()], { blockHash }])) as AccountProof;
    const before = nodes.size;
    const given = [...answer.accountProof, ...answer.storageProof.flatMap(({ proof }) => proof)];
    for (const [hash, node] of byHash(given)) nodes.set(hash, node);
    if (nodes.size > before) continue;
    throw new PegwayError(`the node proves nothing of ${contract} at block ${blockHash}`, {
      code: 'proof-invalid',
      hint: 'ask a node that keeps the state of that block',
    });
  }
}

async function headerOf(ask: Ask, { blockHash, rule }: SnapshotPlan): Promise<Hex> {
  const answer = await ask('eth_getBlockByHash', [blockHash, false]);
  if (answer === null) throw new PegwayError(`the node has no block ${blockHash}`, { code: 'not-final' });

  return headerOfHash(answer as RpcHeader, blockHash, rule);
}
