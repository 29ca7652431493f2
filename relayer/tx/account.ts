import type { Address } from 'viem';

import { askAll, parseQuantity, resultsOf, toQuantity } from './ask-all.ts';
import { findIncluded, highestFound, isReorged } from './inclusion.ts';
import type { Head, TransactionChain } from './ports.ts';
import type { BlockId, TransactionRecord } from './records.ts';

/** What is believed of the account in the state of one block. */
export interface AccountView {
  /** Its next nonce. */
  readonly count: number;
  /** The head that it was read at. */
  readonly at: bigint | null;
  /** The head at which `count` last moved. */
  readonly movedAt: bigint;
  /** A block whose state has at least this count: while it stands, a lower count is a node's mistake. */
  readonly witness: BlockId | null;
}

export interface Observation {
  readonly account: AccountView;
  readonly included: ReadonlyMap<string, BlockId>;
}

/** What records alone tell: a mined nonce stays used for as long as its block stands. */
export function accountFromRecords(records: readonly TransactionRecord[]): AccountView {
  const mined = records.filter((record) => record.mined !== null).at(-1);
  return { count: mined ? mined.nonce + 1 : 0, at: null, movedAt: 0n, witness: mined?.mined ?? null };
}

/**
 * Reads the account's count at `head`, and, when it moved, which versions the blocks since then hold. Null when no node
 * can tell now; then nothing is decided.
 */
export async function observeAccount(options: {
  readonly chain: TransactionChain;
  readonly address: Address;
  readonly head: Head;
  readonly before: AccountView;
  readonly pending: readonly TransactionRecord[];
}): Promise<Observation | null> {
  const { chain, address, head, before, pending } = options;

  // Asked for at the head's own number: a node that lags has no such block and says so, instead of an old count.
  let results = 0;
  const answers = await askAll<unknown>(
    chain,
    'eth_getTransactionCount',
    [address, toQuantity(head.number)],
    // Two nodes that know the block are enough.
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

/** A lower count is believed when the block that showed the higher one is gone, and never for a node's word alone. */
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

/** What the nodes say the next nonce is, in the state of one block. */
export interface CountClaims {
  /** Two nodes say so, or the only one that knows the block. */
  readonly agreed: number;
  /** One node says so. */
  readonly highest: number;
}

/**
 * SECURITY: a count that one node alone raises is not believed, for a lane that trusted it would leave a gap that no
 * transaction fills. Nodes that lag don't know the block and so say nothing.
 */
export function agreeOnCount(answers: readonly unknown[]): CountClaims | null {
  const counts = answers.map((answer) => Number(parseQuantity(answer) ?? NaN)).filter(Number.isSafeInteger);
  const [highest, second] = counts.toSorted((a, b) => b - a);
  if (highest === undefined) return null;
  return { agreed: second ?? highest, highest };
}

/** The nonce for a new transaction: the lowest that is neither used up nor taken. A nonce that was given back is used first. */
export function nextNonce(records: readonly TransactionRecord[], count: number): number {
  const taken = new Set(records.map((record) => record.nonce));
  let nonce = count;
  while (taken.has(nonce)) nonce++;
  return nonce;
}

/** Nonces that nobody uses below one that is pending: what is above them can't be mined. */
export function gaps(records: readonly TransactionRecord[], count: number): number[] {
  const pending = records.filter((record) => record.status === 'pending').map((record) => record.nonce);
  if (pending.length === 0) return [];
  const taken = new Set(records.map((record) => record.nonce));
  const highest = Math.max(...pending);
  return Array.from({ length: Math.max(0, highest - count) }, (_, index) => count + index).filter(
    (nonce) => !taken.has(nonce),
  );
}
