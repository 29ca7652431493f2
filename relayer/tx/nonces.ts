import { parseQuantity } from './ask-all.ts';
import type { TransactionRecord } from './record.ts';

/*
 * Nonces come from the records and from the chain's own count, never from a node's pool. One lane owns an account; a
 * second use of its key elsewhere is noticed (`foreign-nonce`), not prevented.
 */

/** What is believed of the account: `count` is its next nonce in the state of block `at`. */
export interface Account {
  readonly count: number;
  readonly at: bigint;
}

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
