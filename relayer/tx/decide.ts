import { type BroadcastOutcome, broadcastOutcomes, isRefusal } from './broadcast-errors.ts';
import { type FeePolicy, freshFees, raisedFees } from './fees.ts';
import type { Head } from './ports.ts';
import {
  type AbandonReason,
  type BlockId,
  costOf,
  type Fees,
  type Hold,
  type TransactionRecord,
  type Version,
} from './records.ts';

/*
 * Decides the next step for one record, given a view of the chain. Pure: the manager acts. Each head signs at most one
 * new version and broadcasts each version at most once, so no answer of a node can cause a loop.
 */

/** The chain as one head shows it. */
export interface ChainView {
  readonly head: Head;
  /** The next nonce of the account in the state of `head`. */
  readonly count: number;
  /** The head at which `count` last moved. Since then the record with that nonce blocks all others. */
  readonly movedAt: bigint;
  /** The highest nonce with a record. */
  readonly highestNonce: number;
  /** Versions found in blocks, by hash. Complete for every nonce below `count`. */
  readonly included: ReadonlyMap<string, BlockId>;
  /** Tip for new fees; null while no record needs it. */
  readonly tip: bigint | null;
  /** Balance of the account; null while no record needs it. */
  readonly balance: bigint | null;
  readonly policy: FeePolicy;
  /** Blocks after which a mined record is forgotten. */
  readonly finalityBlocks: number;
  /** Broadcast again after this many milliseconds without a new block: some chains mine on demand. */
  readonly repeatAfterMs: number;
}

export type Action =
  | { readonly do: 'broadcast'; readonly version: Version }
  | { readonly do: 'bump'; readonly fees: Fees }
  /** The contents are rejected and a higher nonce waits: replace it with an empty transfer to ourselves. */
  | { readonly do: 'fill'; readonly fees: Fees; readonly reason: AbandonReason }
  | { readonly do: 'hold'; readonly reason: Hold }
  | { readonly do: 'mined'; readonly block: BlockId; readonly hash: string }
  | { readonly do: 'abandon'; readonly reason: AbandonReason }
  | { readonly do: 'reorganised' }
  | { readonly do: 'settle' };

export function decide(record: TransactionRecord, view: ChainView, now: number): readonly Action[] {
  if (record.status !== 'pending') return decideMined(record, view);
  if (record.nonce < view.count) return [decideConsumed(record, view)];

  const current = currentVersion(record);
  if (current === undefined) return decideRejected(record, view, now);
  const rebroadcast: readonly Action[] = isDue(record, current, view, now)
    ? [{ do: 'broadcast', version: current }]
    : [];

  const rejected = rejectedRaise(record);
  if (!wantsHigherFees(record, view))
    return rejected ? [{ do: 'hold', reason: rejected.hold }, ...rebroadcast] : rebroadcast;

  const fees = bumpedFees(current, view);
  const overCap = fees === null || (rejected?.hold === 'fee-cap' && fees.maxFeePerGas >= rejected.fees.maxFeePerGas);
  if (overCap) return [{ do: 'hold', reason: 'fee-cap' }, ...rebroadcast];
  const short = rejected?.hold === 'low-funds' && (view.balance ?? 0n) < costOf(record.gas, fees);
  if (short) return [{ do: 'hold', reason: 'low-funds' }, ...rebroadcast];
  return [{ do: 'bump', fees }];
}

/** Whether `decide` needs a tip. */
export function wantsHigherFees(record: TransactionRecord, view: Omit<ChainView, 'tip' | 'balance'>): boolean {
  if (record.status !== 'pending' || record.nonce < view.count) return false;
  const { head, policy } = view;
  const patience = BigInt(policy.bumpAfterBlocks);
  const last = record.versions.at(-1) ?? record.versions[0];
  const current = currentVersion(record);
  // At most one new version per block.
  if (blocksSinceSigned(last, view) <= 0n) return false;
  // Rejected by every node: retry only with lower fees.
  if (current === undefined) return last.answer !== null && broadcastOutcomes[last.answer].then !== 'fund';

  // Another transaction with this nonce is in a pool: from before the records were lost, or from another user of the
  // key. It gets `bumpAfterBlocks` to be mined.
  if (current.answer === 'replacement-underpriced') return blocksSinceSigned(record.versions[0], view) >= patience;
  const underwater = isUnderwater(current, head);
  // Nodes that reject a fee below the base fee accept it once the base fee falls, so it waits like any other.
  if (isTooCheap(current) && !underwater) return true;
  // A chain without fees has nothing to raise.
  if (head.baseFeePerGas === 0n && current.fees.maxFeePerGas === 0n) return false;

  if (blocksSinceSigned(last, view) < patience) return false;
  const isNext = record.nonce === view.count && blocksSince(view.movedAt, view) >= patience;
  return underwater || isNext;
}

type HeadView = Pick<ChainView, 'head' | 'policy' | 'finalityBlocks'>;

/**
 * Blocks since `block`. A block slightly above the head counts as now, since nodes lag. One far above was reorged or
 * never existed, so its wait is over.
 */
function blocksSince(block: bigint, { head, policy, finalityBlocks }: HeadView): bigint {
  const age = head.number - block;
  return age < -BigInt(finalityBlocks) ? BigInt(policy.bumpAfterBlocks) : age;
}

const blocksSinceSigned = (version: Version, view: HeadView): bigint => blocksSince(version.block, view);

/** Whether `decide` needs the balance. */
export function wantsBalance(record: TransactionRecord): boolean {
  const last = record.versions.at(-1) ?? record.versions[0];
  return record.status === 'pending' && last.answer !== null && broadcastOutcomes[last.answer].then === 'fund';
}

/** The newest version that a node may hold. */
function currentVersion(record: TransactionRecord): Version | undefined {
  return record.versions.findLast((version) => version.answer === null || !isRefusal(version.answer));
}

function decideMined(record: TransactionRecord, view: ChainView): readonly Action[] {
  if (view.count <= record.nonce) return [{ do: 'reorganised' }];
  const deep = record.mined === null || view.head.number - record.mined.number >= BigInt(view.finalityBlocks);
  return record.status === 'mined' && deep ? [{ do: 'settle' }] : [];
}

/** The nonce is used: by one of our versions, or by a foreign transaction of the same key. */
function decideConsumed(record: TransactionRecord, view: ChainView): Action {
  for (const { hash } of record.versions) {
    const block = view.included.get(hash);
    if (block) return { do: 'mined', block, hash };
  }
  return { do: 'abandon', reason: 'foreign-nonce' };
}

/** No node holds any version. */
function decideRejected(record: TransactionRecord, view: ChainView, now: number): readonly Action[] {
  const last = record.versions.at(-1) ?? record.versions[0];
  const answer: BroadcastOutcome = last.answer ?? 'unknown';
  const rebroadcast: readonly Action[] = isDue(record, last, view, now) ? [{ do: 'broadcast', version: last }] : [];

  if (broadcastOutcomes[answer].then === 'fund') {
    const enough = view.balance !== null && view.balance >= costOf(record.gas, last.fees);
    return enough ? rebroadcast : [{ do: 'hold', reason: 'low-funds' }];
  }

  const signedNow = blocksSinceSigned(last, view) <= 0n;
  const fresh = signedNow || view.tip === null ? null : freshFees(view.head, view.tip, view.policy);
  if (broadcastOutcomes[answer].then === 'cap') {
    const lower = fresh !== null && fresh.maxFeePerGas < last.fees.maxFeePerGas;
    return lower ? [{ do: 'bump', fees: fresh }] : [{ do: 'hold', reason: 'fee-cap' }];
  }

  // No higher nonce waits for it: free it.
  if (record.nonce === view.highestNonce && !record.filler) return [{ do: 'abandon', reason: answer }];
  if (signedNow) return [];
  const fees = record.filler ? raisedFees(last.fees, fresh, view.policy) : fresh;
  return fees === null ? [{ do: 'hold', reason: 'fee-cap' }] : [{ do: 'fill', fees, reason: answer }];
}

function bumpedFees(current: Version, view: ChainView): Fees | null {
  if (view.tip === null) return null;
  const hard = isTooCheap(current) && !isUnderwater(current, view.head);
  return raisedFees(current.fees, freshFees(view.head, view.tip, view.policy), view.policy, hard ? 'hard' : 'least');
}

/** A pool wants a higher fee, by an unknown amount. */
const isTooCheap = ({ answer }: Version): boolean => answer !== null && broadcastOutcomes[answer].then === 'raise';

const isUnderwater = ({ fees }: Version, head: Head): boolean => fees.maxFeePerGas < (head.baseFeePerGas ?? 0n);

/** The last raise, if every node rejected it, and why. */
function rejectedRaise({ versions }: TransactionRecord): { readonly fees: Fees; readonly hold: Hold } | undefined {
  const { answer, fees } = versions.at(-1) ?? versions[0];
  if (answer === null || !isRefusal(answer)) return undefined;
  return { fees, hold: broadcastOutcomes[answer].then === 'fund' ? 'low-funds' : 'fee-cap' };
}

/** Pools drop transactions, so the same bytes are broadcast again at every block. It costs nothing on chain. */
function isDue(record: TransactionRecord, version: Version, view: ChainView, now: number): boolean {
  if (record.sent === null || version.answer === null) return true;
  return view.head.number !== record.sent.block || now - record.sent.at >= view.repeatAfterMs;
}
