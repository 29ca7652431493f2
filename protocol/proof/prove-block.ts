import { type Address, type Hash, numberToHex } from 'viem';

import type { RpcLog } from './rpc-log.ts';
import { ProofError } from './error.ts';
import { type HeaderRule, type RpcHeader, headerHash, headerRules, unknownFields } from './header.ts';
import { bytesOf, requireBytes, requireList, requireNumber, requireObject, toHex } from './hex.ts';
import { type RpcReceipt, receiptsRoot } from './receipts.ts';

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
  const { header, receipts, rule } = input;
  requireObject(header, 'header');
  requireList(receipts, 'receipts');

  requirePlaces(input);
  const root = receiptsRoot(receipts, rule);

  const found = headerHash(header, rule);
  if (found !== input.expectedHash.toLowerCase()) throw wrongHash(input, found, root);
  requireBytes(header.receiptsRoot, root, 'header', 'receiptsRoot');

  return receipts.flatMap((receipt, index) => successfulLogs(receipt, index, input));
}

/** Checks the position that each receipt and log states: this block, in sequence. */
function requirePlaces({ expectedHash, number, header, receipts }: ProofInput): void {
  requireNumber(header.number, number, 'header', 'number');
  requireBytes(header.hash, expectedHash, 'header', 'hash');
  const transactions = transactionsOf(header, receipts.length);

  let logIndex = 0;
  for (const [index, receipt] of receipts.entries()) {
    const path = `receipts[${index}]`;
    requireObject(receipt, path);
    requireBytes(receipt.blockHash, expectedHash, path, 'blockHash');
    requireNumber(receipt.blockNumber, number, path, 'blockNumber');
    requireNumber(receipt.transactionIndex, index, path, 'transactionIndex');
    bytesOf(receipt.transactionHash, path, 'transactionHash', 32);
    const transaction = transactions?.[index];
    if (transaction !== undefined) requireBytes(receipt.transactionHash, transaction, path, 'transactionHash');

    requireList(receipt.logs, `${path}.logs`);
    for (const [at, log] of receipt.logs.entries()) {
      const logPath = `${path}.logs[${at}]`;
      requireObject(log, logPath);
      requireBytes(log.blockHash, expectedHash, logPath, 'blockHash');
      requireNumber(log.blockNumber, number, logPath, 'blockNumber');
      requireNumber(log.transactionIndex, index, logPath, 'transactionIndex');
      requireBytes(log.transactionHash, receipt.transactionHash, logPath, 'transactionHash');
      requireNumber(log.logIndex, logIndex, logPath, 'logIndex');
      if (log.removed === true)
        throw new ProofError(`${logPath}.removed`, `${logPath}.removed: expected a log that was not removed`);
      logIndex += 1;
    }
  }
}

function transactionsOf(header: RpcHeader, receipts: number): readonly Hash[] | undefined {
  const { transactions } = header;
  if (transactions === undefined) return undefined;
  requireList(transactions, 'header.transactions');
  if (transactions.length !== receipts) {
    throw new ProofError(
      'receipts',
      `receipts: expected ${transactions.length}, one per transaction, found ${receipts}`,
    );
  }
  return transactions.map((transaction, index) => {
    const path = `header.transactions[${index}]`;
    if (typeof transaction !== 'string') requireObject(transaction, path);
    const hash = typeof transaction === 'string' ? transaction : transaction.hash;
    return toHex(bytesOf(hash, path, 'hash', 32));
  });
}

/** A hash does not show which field is wrong; name the receipts root, which can be compared. */
function wrongHash({ expectedHash, number, header, rule }: ProofInput, found: Hash, root: Hash): ProofError {
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

function successfulLogs(receipt: RpcReceipt, index: number, { expectedHash, number, address }: ProofInput): RpcLog[] {
  const bridges = [address].flat().map((one) => one.toLowerCase());
  const ours = receipt.logs.filter((log) => bridges.includes(log.address.toLowerCase()));
  if (ours.length === 0) return [];

  const path = `receipts[${index}]`;
  if (receipt.status === undefined || receipt.status === null) {
    throw new ProofError(`${path}.status`, `${path}.status: a receipt from before Byzantium does not show success`, {
      hint: 'no bridge is that old: check its address and the chain',
    });
  }
  if (BigInt(receipt.status) !== 1n) return [];

  // Rebuilt from verified values: no extra field of a node is passed on.
  return ours.map((log) => ({
    address: log.address,
    topics: [...log.topics],
    data: log.data,
    blockHash: expectedHash,
    blockNumber: numberToHex(number),
    transactionHash: receipt.transactionHash,
    logIndex: log.logIndex,
  }));
}
