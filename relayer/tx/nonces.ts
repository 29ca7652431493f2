import type { Address } from 'viem';

import { askAll, parseQuantity, resultsOf, toQuantity } from './ask-all.ts';
import { findIncluded, highestFound, isReorged } from './inclusion.ts';
import type { Head, TransactionChain } from './ports.ts';
import type { BlockId, TransactionRecord } from './records.ts';

/** The account in the state of one block. */
export interface AccountView {
  /** Its next nonce. */
  readonly count: number;
  /** The head at which it was read. */
  readonly at: bigint | null;
  /** The head at which `count` last moved. */
  readonly movedAt: bigint;
  /** A block with at least this count in its state. While it is canonical, a lower count is a node's error. */
  readonly witness: BlockId | null;
}

export interface Observation {
  readonly account: AccountView;
  readonly included: ReadonlyMap<string, BlockId>;
}

/** The account as the records have it: a mined nonce stays used while its block is canonical. */
export function accountFromRecords(records: readonly TransactionRecord[]): AccountView {
  const mined = records.filter((record) => record.mined !== null).at(-1);
  return { count: mined ? mined.nonce + 1 : 0, at: null, movedAt: 0n, witness: mined?.mined ?? null };
}

/**
 * Reads the account's nonce at `head` and, if it moved, which versions the blocks since then include. Null when no node
 * answers; then nothing is decided.
 */
export async function observeAccount(options: {
  readonly chain: TransactionChain;
  readonly address: Address;
  readonly head: Head;
  readonly before: AccountView;
  readonly pending: readonly TransactionRecord[];
}): Promise<Observation | null> {
  const { chain, address, head, before, pending } = options;

  // At the number of the head: a lagging node answers with an error, not with an old count.
  let results = 0;
  const answers = await askAll<unknown>(
    chain,
    'eth_getTransactionCount',
    [address, toQuantity(head.number)],
    // Two answers are enough.
    { enough: (answer) => 'result' in answer && ++results >= 2 },
  );
  const claims = agreeOnCount(resultsOf(answers));
  if (claims === null) return null;

  const account = claims.highest < before.count ? await lowerCount(chain, before, claims.highest, head) : before;
  const isConsumed = pending.some(({ nonce }) => nonce < Math.max(claims.highest, account.count));
  if (!isConsumed && claims.agreed <= account.count)
    return { account: { ...account, at: head.number }, included: new Map() };

  const inclusion = await findIncluded(chain, pending, {
    from: account.at,
    to: head.number,
    count: Math.max(account.count, claims.agreed),
  });
  if (inclusion === null) return null;

  const count = Math.max(account.count, highestFound(pending, inclusion.found, claims.agreed));
  const moved = count > account.count;
  return {
    included: inclusion.found,
    account: {
      count,
      at: head.number,
      movedAt: moved ? head.number : account.movedAt,
      witness: moved ? inclusion.head : account.witness,
    },
  };
}

/** Accepts a lower count only when the block that showed the higher one was reorged, never on a node's claim alone. */
async function lowerCount(
  chain: TransactionChain,
  before: AccountView,
  count: number,
  head: Head,
): Promise<AccountView> {
  if (before.witness !== null && !(await isReorged(chain, before.witness))) return before;
  return { count, at: null, movedAt: head.number, witness: null };
}

/*
 * Nonces come from the records and from the chain's own count, never from a node's pool. One lane owns an account; a
 * second use of its key elsewhere is noticed (`foreign-nonce`), not prevented.
 */

/** The next nonce in the state of one block, as nodes report it. */
export interface CountClaims {
  /** Reported by two nodes, or by the only one that has the block. */
  readonly agreed: number;
  /** Reported by at least one node. */
  readonly highest: number;
}

/**
 * SECURITY: a count that a single node raises is ignored: using it would leave a nonce gap that no transaction fills.
 * Lagging nodes do not have the block, and so report nothing.
 */
export function agreeOnCount(answers: readonly unknown[]): CountClaims | null {
  const counts = answers.map((answer) => Number(parseQuantity(answer) ?? NaN)).filter(Number.isSafeInteger);
  const [highest, second] = counts.toSorted((a, b) => b - a);
  if (highest === undefined) return null;
  return { agreed: second ?? highest, highest };
}

/** The nonce for a new transaction: the lowest that is neither used nor taken. A freed nonce is reused first. */
export function nextNonce(records: readonly TransactionRecord[], count: number): number {
  const taken = new Set(records.map((record) => record.nonce));
  let nonce = count;
  while (taken.has(nonce)) nonce++;
  return nonce;
}

/** Unused nonces below a pending one: nonce gaps, which keep the transactions above them from being mined. */
export function gaps(records: readonly TransactionRecord[], count: number): number[] {
  const pending = records.filter((record) => record.status === 'pending').map((record) => record.nonce);
  if (pending.length === 0) return [];
  const taken = new Set(records.map((record) => record.nonce));
  const highest = Math.max(...pending);
  return Array.from({ length: Math.max(0, highest - count) }, (_, index) => count + index).filter(
    (nonce) => !taken.has(nonce),
  );
}
