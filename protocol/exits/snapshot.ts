import {
  type Address,
  type Hash,
  type Hex,
  encodeAbiParameters,
  hexToBigInt,
  hexToBytes,
  isHex,
  keccak256,
  parseAbiParameters,
} from 'viem';

import { PegwayError } from '../errors.ts';
import { decodeRlp } from '../proof/decode-rlp.ts';
import { toHex } from '../proof/hex.ts';
import { type TrieNodes, byHash, walkTrie } from '../proof/walk-trie.ts';

const FORMAT = 'pegway-exit-snapshot/1';

/** What exits prove of the product chain at one block, as a file: JSON. */
export interface SnapshotFile {
  readonly format: typeof FORMAT;
  readonly chainId: number;
  /** The RLP list that hashes to the block's hash. */
  readonly header: Hex;
  /** Nodes of the state trie and of storage tries, in any order. */
  readonly nodes: readonly Hex[];
}

/** A slot of a contract's storage, as `ProductState` takes it. */
export interface ProvenSlot {
  readonly value: bigint;
  /** `abi.encode(bytes[] accountProof, bytes[] storageProof)`. */
  readonly proof: Hex;
  /** The nodes of both proofs. */
  readonly nodes: readonly Hex[];
}

export interface Snapshot {
  readonly chainId: number;
  readonly number: bigint;
  readonly blockHash: Hash;
  readonly header: Hex;
  readonly nodes: TrieNodes;
  /** @throws {PegwayError} when the snapshot lacks a node of the proof. */
  slot(account: Address, slot: Hex): ProvenSlot;
  /** The first node that the snapshot lacks to prove a slot; undefined when it lacks none. */
  missing(account: Address, slot: Hex): Hash | undefined;
}

const NUMBER = 8;
const STATE_ROOT = 3;
const STORAGE_ROOT = 2;

/**
 * Reads the text of a snapshot file.
 * @throws {PegwayError} exit code 2 when it is none.
 */
export function parseSnapshot(text: string): Snapshot {
  const no = (why: string) => new PegwayError(`no exit snapshot: ${why}`, { exitCode: 2 });
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw no('the file is not JSON');
  }
  if (typeof file !== 'object' || file === null) throw no('expected an object');
  const { format, chainId, header, nodes } = file as Partial<Record<keyof SnapshotFile, unknown>>;
  if (format === FORMAT) {
    if (typeof chainId !== 'number') throw no('chainId is no number');
    if (!isHex(header)) throw no('header is no hex');
    if (!Array.isArray(nodes) || !nodes.every((node) => isHex(node))) throw no('nodes is no list of hex');
  }
  return toSnapshot(file as SnapshotFile);
}

/**
 * Reads a snapshot. Hashes are computed here: a snapshot given by anyone can lack something, but prove nothing wrong of
 * the block that its header hashes to.
 * @throws {PegwayError} when it is no snapshot.
 */
export function toSnapshot({ format, chainId, header, nodes }: SnapshotFile): Snapshot {
  if ((format as string) !== FORMAT) {
    throw new PegwayError(`the snapshot has the format ${format as string}, expected ${FORMAT}`, { exitCode: 2 });
  }
  return openSnapshot({ chainId, header, nodes: byHash(nodes) });
}

export const toSnapshotFile = ({ chainId, header, nodes }: Snapshot): SnapshotFile => ({
  format: FORMAT,
  chainId,
  header,
  nodes: [...nodes.values()],
});

const proofWords = parseAbiParameters('bytes[], bytes[]');

/** A snapshot over nodes that may still be added to. */
export function openSnapshot({ chainId, header, nodes }: Pick<Snapshot, 'chainId' | 'header' | 'nodes'>): Snapshot {
  const fields = listOf(header);
  const stateRoot = toHex(fields[STATE_ROOT] ?? new Uint8Array(0));
  const number = quantity(fields[NUMBER]);

  function find(account: Address, slot: Hex): ProvenSlot | { readonly missing: Hash } {
    const state = walkTrie(nodes, stateRoot, account);
    if ('missing' in state) return state;
    // An account that does not exist has no storage: `ProductState` reads zero.
    if (state.value === undefined) return provenSlot(0n, state.proof, []);

    const storageRoot = listOf(toHex(state.value))[STORAGE_ROOT] ?? new Uint8Array(0);
    const found = walkTrie(nodes, toHex(storageRoot), slot);
    if ('missing' in found) return found;
    const value = found.value === undefined ? 0n : quantity(stringIn(found.value));
    return provenSlot(value, state.proof, found.proof);
  }

  return {
    ...{ chainId, header, nodes, number, blockHash: keccak256(header) },
    slot(account, slot) {
      const found = find(account, slot);
      if (!('missing' in found)) return found;
      throw new PegwayError(`the snapshot of block ${number} lacks slot ${slot} of ${account}`, {
        hint: 'use the snapshot of a relayer, or one that `pegway exit snapshot` takes from a node with the state of that block',
      });
    },
    missing(account, slot) {
      const found = find(account, slot);
      return 'missing' in found ? found.missing : undefined;
    },
  };
}

const provenSlot = (value: bigint, account: readonly Hex[], storage: readonly Hex[]): ProvenSlot => ({
  value,
  proof: encodeAbiParameters(proofWords, [account, storage]),
  nodes: [...account, ...storage],
});

/** Big-endian, empty for zero, as RLP has it. */
const quantity = (bytes: Uint8Array = new Uint8Array(0)): bigint =>
  bytes.length === 0 ? 0n : hexToBigInt(toHex(bytes));

function listOf(list: Hex): Uint8Array[] {
  const items = decodeRlp(hexToBytes(list), 1, noList);
  if (items instanceof Uint8Array) throw noList('found a string');
  return items.map((item) => (item instanceof Uint8Array ? item : new Uint8Array(0)));
}

function stringIn(value: Uint8Array): Uint8Array {
  const item = decodeRlp(value, 0, noValue);
  if (item instanceof Uint8Array) return item;
  throw noValue('found a list');
}

const noList = (problem: string) =>
  new PegwayError(`the snapshot holds no block header, or no account: ${problem}`, { exitCode: 2 });
const noValue = (problem: string) => new PegwayError(`the snapshot holds no value: ${problem}`, { exitCode: 2 });
