import type { Address, Hash } from 'viem';

import { ProofError } from './error.ts';
import { type HeaderRule, type RpcHeader, headerHash, headerRules, unknownFields } from './header.ts';
import { bytesOf, requireBytes, requireList, requireNumber, requireObject, toHex } from './hex.ts';
import { type ReceiptReader, createReceiptReader } from './receipt-reader.ts';
import type { RpcReceipt, RpcReceiptLog } from './receipts.ts';
import type { RpcLog } from './rpc-log.ts';

export { mayContain } from './bloom.ts';
export { ProofError } from './error.ts';

export interface ProofInput {
  /** The block hash at this height that the quorum of nodes agreed on. */
  readonly expectedHash: Hash;
  readonly number: bigint;
  readonly header: RpcHeader;
  /** All receipts of the block, in order. */
  readonly receipts: readonly RpcReceipt[];
  readonly rule: HeaderRule;
  /** The bridge, or all bridges of this chain: only their logs are returned. */
  readonly address: Address | readonly Address[];
}

/**
 * Recomputes all hashes from one node's header and receipts.
 * @returns the logs of `address` in successful receipts.
 * @throws {ProofError} with the path of the field that differs.
 *
 * SECURITY: the hash proves a log's address, topics, data and place in the block, and its receipt's success. It does
 * not prove the transaction hash, which no receipt contains: header, receipt and log agree on it, but use it for
 * display only. The same holds for all receipt fields that are not read here (from, to, gas, prices).
 */
export function proveLogs(input: ProofInput): readonly RpcLog[] {
  requirePlace(input.header, input);
  requireList(input.receipts, 'receipts');
  requireCount(input.header, input.receipts.length);
  const prover = createBlockProver(input);
  for (const receipt of input.receipts) prover.receipt(receipt);
  return prover.finish(input.header);
}

/** Proves one block's logs from its receipts, as they arrive: memory holds their encoding, a tenth of their JSON. */
export interface BlockProver {
  /** The next log of the next receipt. */
  log(log: RpcReceiptLog): void;
  /** The next receipt; its `logs` are those that `log` did not receive. */
  receipt(receipt: RpcReceipt): void;
  /** @returns and throws as `proveLogs`, after the last receipt. */
  finish(header: RpcHeader): readonly RpcLog[];
  /** Proves one of these logs to others, after `finish`. */
  readonly placeOf: ReceiptReader['placeOf'];
}

/** SECURITY: see `proveLogs`; nothing leaves the prover before `finish` has compared the root. */
export function createBlockProver(block: Omit<ProofInput, 'header' | 'receipts'>): BlockProver {
  const receipts = createReceiptReader(block);
  return {
    ...receipts,
    finish(header) {
      requirePlace(header, block);
      requireTransactions(header, receipts.transactions);
      const root = receipts.root();

      const found = hashOf(header, block);
      if (found !== block.expectedHash.toLowerCase()) throw wrongHash({ ...block, header }, found, root);
      requireBytes(header.receiptsRoot, root, 'header', 'receiptsRoot');

      return receipts.logs().map((log) => ({ ...log, blockTimestamp: header.timestamp }));
    },
  };
}

function requirePlace(header: RpcHeader, { expectedHash, number }: Pick<ProofInput, 'expectedHash' | 'number'>): void {
  requireObject(header, 'header');
  requireNumber(header.number, number, 'header', 'number');
  requireBytes(header.hash, expectedHash, 'header', 'hash');
}

/** One receipt per transaction. Undefined if the header does not list its transactions. */
function requireCount({ transactions }: RpcHeader, receipts: number): RpcHeader['transactions'] {
  if (transactions === undefined) return undefined;
  requireList(transactions, 'header.transactions');
  if (transactions.length === receipts) return transactions;
  throw new ProofError('receipts', `receipts: expected ${transactions.length}, one per transaction, found ${receipts}`);
}

/** Checks that the receipts are those of the block's transactions, in this order. */
function requireTransactions(header: RpcHeader, found: readonly Hash[]): void {
  const transactions = requireCount(header, found.length) ?? [];
  for (const [index, transaction] of transactions.entries()) {
    const path = `header.transactions[${index}]`;
    if (typeof transaction !== 'string') requireObject(transaction, path);
    const hash = toHex(bytesOf(typeof transaction === 'string' ? transaction : transaction.hash, path, 'hash', 32));
    requireBytes(found[index], hash, `receipts[${index}]`, 'transactionHash');
  }
}

/** @throws {ProofError} for a header that the rule cannot read; names the rule that fits, if there is one. */
function hashOf(header: RpcHeader, { rule, expectedHash }: Pick<ProofInput, 'rule' | 'expectedHash'>): Hash {
  try {
    return headerHash(header, rule);
  } catch (error) {
    const { hint } = hintOf(header, rule, expectedHash);
    if (!(error instanceof ProofError) || hint === undefined) throw error;
    throw new ProofError(error.field, error.message, { cause: error, hint });
  }
}

/** A hash does not show which field is wrong; name the receipts root, which can be compared. */
function wrongHash(
  { expectedHash, number, header, rule }: Omit<ProofInput, 'receipts'>,
  found: Hash,
  root: Hash,
): ProofError {
  const hint = hintOf(header, rule, expectedHash);
  const mismatch = `block ${number} is ${expectedHash}, its header hashes to ${found}`;
  if (header.receiptsRoot.toLowerCase() !== root) {
    const message = `header.receiptsRoot: ${mismatch}; its receiptsRoot does not match the receipts`;
    return new ProofError('header.receiptsRoot', message, hint);
  }
  const unknown = 'hint' in hint ? [] : unknownFields(header);
  if (unknown.length === 0) return new ProofError('header', `header: ${mismatch}`, hint);
  return new ProofError(
    'header',
    `header: this release does not know ${unknown.map((field) => `header field ${field}`).join(', ')}: ${mismatch}`,
    { code: 'unknown-fork', hint: 'upgrade Pegway, or set proof `witnesses` for this chain until then' },
  );
}

/** Names the rule that fits, if there is one. */
function hintOf(header: RpcHeader, rule: HeaderRule, expectedHash: Hash): { hint?: string } {
  const other = headerRules.find((each) => each !== rule && hashesTo(header, each, expectedHash));
  return other === undefined ? {} : { hint: `the header matches headerRule ${other}: set it for this chain` };
}

function hashesTo(header: RpcHeader, rule: HeaderRule, expected: Hash): boolean {
  try {
    return headerHash(header, rule) === expected.toLowerCase();
  } catch {
    return false;
  }
}
