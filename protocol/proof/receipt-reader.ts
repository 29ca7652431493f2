import { type Address, type Hash, type Hex, numberToHex } from 'viem';

import { ProofError } from './error.ts';
import { createGrowingBytes } from './growing-bytes.ts';
import type { HeaderRule } from './header.ts';
import { bytesOf, requireBytes, requireList, requireNumber, requireObject } from './hex.ts';
import { type RpcReceipt, type RpcReceiptLog, encodeLog, encodeReceipt, rootOf } from './receipts.ts';
import type { RpcLog } from './rpc-log.ts';
import { stateSyncHash } from './state-sync.ts';
import { orderedTrieProof } from './trie.ts';

/** Proves a log from the receipts root of its block. */
export interface LogPlace {
  readonly transactionIndex: number;
  /** Position within the transaction's receipt. */
  readonly log: number;
  /** Nodes of the trie of receipts, from the root to the leaf. */
  readonly nodes: readonly Hex[];
}

/** What one block's receipts contain, read in order. */
export interface ReceiptReader {
  log(log: RpcReceiptLog): void;
  receipt(receipt: RpcReceipt): void;
  /** Hashes as the receipts state them; a receipts root does not bind them. */
  readonly transactions: readonly Hash[];
  root(): Hash;
  /** The logs of the addresses in successful receipts. */
  logs(): readonly RpcLog[];
  /** Proves one of these logs, after the last receipt. @throws {RangeError} for any other log. */
  placeOf(log: Pick<RpcLog, 'logIndex'>): LogPlace;
}

/** In bytes of RLP: about 4 times what a block of 400 million gas can hold. */
const LARGEST_BLOCK = 256 * 1_024 ** 2;

/** @throws {ProofError} for a receipt or log that is malformed or out of place. */
export function createReceiptReader(block: {
  readonly expectedHash: Hash;
  readonly number: bigint;
  readonly rule: HeaderRule;
  readonly address: Address | readonly Address[];
}): ReceiptReader {
  const { expectedHash, number, rule } = block;
  const addresses = new Set([block.address].flat().map((address) => address.toLowerCase()));
  const transactions: Hash[] = [];
  const encoded: Uint8Array[] = [];
  const proven: RpcLog[] = [];
  /** By their index within the block. */
  const places = new Map<number, Omit<LogPlace, 'nodes'>>();
  let size = 0;
  let logIndex = 0;

  /** Of the next receipt. */
  const logBytes = createGrowingBytes();
  let logCount = 0;
  let ours: RpcReceiptLog[] = [];
  /** The first log's transaction, and the first log of another one: a receipt's own hash may follow its logs. */
  let hashes: (readonly [number, Hash])[] = [];

  const stateSync = stateSyncHash(number, expectedHash);
  let isEnded = false;

  function requirePlace(value: RpcReceipt | RpcReceiptLog, path: string): void {
    // SECURITY: no root covers the logs of a state sync. Between other receipts they would shift the indices of theirs.
    if (isEnded) throw new ProofError(path, `${path}: expected nothing behind the receipt of a state sync`);
    requireObject(value, path);
    requireBytes(value.blockHash, expectedHash, path, 'blockHash');
    requireNumber(value.blockNumber, number, path, 'blockNumber');
    requireNumber(value.transactionIndex, encoded.length, path, 'transactionIndex');
  }

  function grow(bytes: number): void {
    size += bytes;
    if (size > LARGEST_BLOCK) {
      throw new ProofError('receipts', `receipts: expected at most ${LARGEST_BLOCK} bytes of RLP in a block`);
    }
  }

  function takeLog(log: RpcReceiptLog): void {
    const at = logCount;
    const path = `receipts[${encoded.length}].logs[${at}]`;
    requirePlace(log, path);
    requireNumber(log.logIndex, logIndex, path, 'logIndex');
    if (log.removed === true)
      throw new ProofError(`${path}.removed`, `${path}.removed: expected a log that was not removed`);
    if (hashes.length === 0 || (hashes.length === 1 && hashes[0]?.[1] !== log.transactionHash)) {
      hashes.push([at, log.transactionHash]);
    }

    const bytes = encodeLog(log, path);
    grow(bytes.length);
    logBytes.append(bytes);
    if (addresses.has(log.address.toLowerCase())) {
      ours.push(log);
      places.set(logIndex, { transactionIndex: encoded.length, log: at });
    }
    logIndex += 1;
    logCount += 1;
  }

  function takeReceipt(receipt: RpcReceipt): void {
    const path = `receipts[${encoded.length}]`;
    requirePlace(receipt, path);
    bytesOf(receipt.transactionHash, path, 'transactionHash', 32);
    requireList(receipt.logs, `${path}.logs`);
    for (const log of receipt.logs) takeLog(log);
    for (const [at, hash] of hashes)
      requireBytes(hash, receipt.transactionHash, `${path}.logs[${at}]`, 'transactionHash');

    transactions.push(receipt.transactionHash);
    isEnded = receipt.transactionHash.toLowerCase() === stateSync;
    if (isEnded) return;

    const bytes = encodeReceipt(receipt, path, rule, logBytes.view());
    grow(bytes.length - logBytes.length);
    if (ours.length > 0 && isSuccess(receipt, path)) {
      for (const log of ours) proven.push(rebuilt(log, receipt));
    }
    encoded.push(bytes);
    logBytes.clear();
    [logCount, ours, hashes] = [0, [], []];
  }

  /** From verified values: no extra field of a node is passed on. */
  const rebuilt = (log: RpcReceiptLog, { transactionHash }: RpcReceipt): RpcLog => ({
    address: log.address,
    topics: [...log.topics],
    data: log.data,
    blockHash: expectedHash,
    blockNumber: numberToHex(number),
    transactionHash,
    logIndex: log.logIndex,
  });

  function placeOf({ logIndex: index }: Pick<RpcLog, 'logIndex'>): LogPlace {
    const place = places.get(Number(index));
    if (place === undefined) throw new RangeError(`no log of these addresses at ${index}`);
    return { ...place, nodes: orderedTrieProof(encoded, place.transactionIndex) };
  }

  const root = (): Hash => rootOf(encoded);
  return { log: takeLog, receipt: takeReceipt, transactions, root, logs: () => proven, placeOf };
}

function isSuccess({ status }: RpcReceipt, path: string): boolean {
  if (status !== undefined && status !== null) return BigInt(status) === 1n;
  throw new ProofError(`${path}.status`, `${path}.status: a receipt from before Byzantium does not show success`, {
    hint: 'no bridge is that old: check its address and the chain',
  });
}
