import type { Hex } from 'viem';

import {
  GROUP,
  type History,
  type HistoryNode,
  type HistoryProof,
  append,
  emptyHistory,
  groupOf,
  headOf,
  historyOf,
  historyRootOf,
  proveHeight,
} from '../../protocol/anchors/history.ts';
import type { Anchor } from '../../protocol/anchors/statement.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { ChainReader } from '../chain/chain-reader.ts';
import type { Head } from '../chain/finality.ts';
import type { AnchorStore } from '../store/anchor-store.ts';

/** What an anchor says about the chain up to one height. */
export type Commitment = Pick<Anchor, 'blockHash' | 'historyRoot'>;

/** The product chain's final blocks since the first anchored one, as this relayer has read and linked them. */
export interface ChainHistory {
  /** Height of the newest block read; `first - 1` before any. */
  readonly head: () => bigint;
  /**
   * Reads up to `BLOCKS_AT_ONCE` blocks towards a final head.
   * @returns true while blocks remain.
   * @throws {PegwayError} `finality-reversed`, now and ever after, when they do not continue the blocks read before.
   */
  advance(to: Head): Promise<boolean>;
  /** Computes the commitment up to a height that was read, and keeps it for the signing gate. */
  commit(number: bigint): Promise<Commitment>;
  /** A commitment computed before; for the signing gate. A reason when there is none, or none may be signed. */
  known(number: bigint): Commitment | Reason;
  /** Refuses all commitments to the signing gate, with this reason, until called with undefined. */
  refuse(reason: Reason | undefined): void;
  /** The history up to a height that was read. */
  upTo(number: bigint): Promise<History>;
  /** Proves a block against the history up to `number`. */
  prove(number: bigint, height: bigint): Promise<{ readonly blockHash: Hex; readonly proof: HistoryProof }>;
}

const BLOCKS_AT_ONCE = 1_024n;
/** Commitments in memory: requests of all signers for a few heights. */
const REMEMBERED = 64;

export function createChainHistory(options: {
  readonly chain: Pick<ChainReader, 'headerAt' | 'linkedHashes'>;
  readonly first: bigint;
  readonly store: AnchorStore;
}): ChainHistory {
  const { chain, first, store } = options;
  const stored = store.load();
  let history: History = stored?.history ?? emptyHistory(first);
  let newest: Hex | undefined = stored?.newest;
  let reversed: PegwayError | undefined;
  let refusal: Reason | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const commitments = new BoundedMap<bigint, Commitment>(REMEMBERED);

  const step = async (to: Head): Promise<boolean> => {
    if (reversed !== undefined) throw reversed;
    const from = headOf(history) + 1n;
    if (to.number < from) return false;
    const end = to.number - from >= BLOCKS_AT_ONCE ? from + BLOCKS_AT_ONCE - 1n : to.number;
    // Between two heads only parent hashes count; the end of a part is agreed by the quorum like a head.
    const { hash } = end === to.number ? to : await chain.headerAt(end);
    const { hashes, parentHash } = await chain.linkedHashes({ from, to: end, hash });
    if (newest !== undefined && parentHash !== newest) {
      reversed = new PegwayError(
        `product chain: block ${from - 1n} was final with hash ${newest}, and block ${from} has the parent ${parentHash}`,
        { code: 'finality-reversed', hint: 'see AnchorsStopped in docs/operations.md' },
      );
      commitments.clear();
      throw reversed;
    }
    const nodes: HistoryNode[] = [];
    const longer = append(history, hashes, (node) => nodes.push(node));
    newest = hashes.at(-1) ?? newest ?? hash;
    store.save(longer, newest, nodes);
    history = longer;
    return end < to.number;
  };

  /** Hashes of a group, up to `number`: its own tail, or read again and compared with the stored leaf. */
  const blocksOf = async (index: bigint, number: bigint): Promise<readonly Hex[]> => {
    const start = first + index * BigInt(GROUP);
    const length = Number(number - start) + 1;
    if (index === history.count / BigInt(GROUP)) return history.tail.slice(0, length);
    const end = start + BigInt(GROUP) - 1n;
    const { hash } = await chain.headerAt(end);
    const { hashes } = await chain.linkedHashes({ from: start, to: end, hash });
    // Throws unless they are the blocks of the stored leaf.
    proveHeight({ ...history, tail: [] }, start, hashes, store.node);
    return hashes.slice(0, length);
  };

  const upTo = async (number: bigint): Promise<History> => {
    const count = number - first + 1n;
    if (count === history.count) return history;
    const hasTail = count % BigInt(GROUP) !== 0n;
    return historyOf(first, count, store.node, hasTail ? await blocksOf(count / BigInt(GROUP), number) : []);
  };

  const hashAt = async (height: bigint): Promise<Hex> => {
    const at = groupOf(history, height);
    if (at === undefined)
      throw new PegwayError(`product chain: block ${height} was not read yet`, { code: 'not-final' });
    const hash = (await blocksOf(at.index, height))[at.place];
    if (hash === undefined) throw new RangeError(`no hash of block ${height}`);
    return hash;
  };

  return {
    upTo,
    head: () => headOf(history),

    advance(to) {
      const result = turn.then(() => step(to));
      turn = result.catch(() => undefined);
      return result;
    },

    async commit(number) {
      if (reversed !== undefined) throw reversed;
      const known = commitments.get(number);
      if (known !== undefined) return known;
      const blockHash = await hashAt(number);
      const commitment = { blockHash, historyRoot: historyRootOf(await upTo(number)) };
      commitments.set(number, commitment);
      return commitment;
    },

    known(number) {
      if (reversed !== undefined) return 'finality-reversed';
      return refusal ?? commitments.get(number) ?? 'not-final';
    },

    refuse: (reason) => void (refusal = reason),

    async prove(number, height) {
      const [blockHash, of] = [await hashAt(height), await upTo(number)];
      const at = groupOf(of, height);
      if (at === undefined) throw new PegwayError(`block ${height} is not anchored`, { code: 'not-final' });
      const group = at.inTail ? [] : await blocksOf(at.index, headOf(history));
      return { blockHash, proof: proveHeight(of, height, group, store.node) };
    },
  };
}
