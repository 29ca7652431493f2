import { RLP } from '@ethereumjs/rlp';
import type { Hash, Hex } from 'viem';

import type { RpcLog } from './rpc-log.ts';
import { bloomLength } from './bloom.ts';
import { ProofError } from './error.ts';
import type { HeaderRule } from './header.ts';
import { bytesOf, quantityOf, requireList, requireObject, toHex } from './hex.ts';
import { rlpListOf } from './rlp.ts';
import { orderedTrieRoot } from './trie.ts';

export interface RpcReceiptLog extends RpcLog {
  readonly transactionIndex: Hex;
}

/** A receipt from `eth_getBlockReceipts`; only the fields read here. */
export interface RpcReceipt {
  readonly blockHash: Hash;
  readonly blockNumber: Hex;
  readonly transactionHash: Hash;
  readonly transactionIndex: Hex;
  /** Omitted by old nodes for legacy transactions. */
  readonly type?: Hex | null;
  readonly cumulativeGasUsed: Hex;
  readonly logsBloom: Hex;
  readonly logs: readonly RpcReceiptLog[];
  /** 0x1 or 0x0; blocks before Byzantium have a state root instead. */
  readonly status?: Hex | null;
  readonly root?: Hash | null;
  /** For deposits on an OP chain: hashed since Canyon, which added the version. */
  readonly depositNonce?: Hex | null;
  readonly depositReceiptVersion?: Hex | null;
}

const depositType = 0x7e;

/** EIP-2718 reserves the first byte above 0x7f for legacy transactions. */
const largestType = 0x7f;

/** Computes the receipts root of these receipts in this order. */
export const receiptsRoot = (receipts: readonly RpcReceipt[], rule: HeaderRule): Hash => {
  requireList(receipts, 'receipts');
  return rootOf(receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, rule)));
};

/** The receipts root of encoded receipts. */
export const rootOf = (encoded: readonly Uint8Array[]): Hash => toHex(orderedTrieRoot(encoded));

/** Encodes a receipt as the trie stores it. @param logs The encoded logs, where `receipt.logs` does not have them. */
export function encodeReceipt(receipt: RpcReceipt, path: string, rule: HeaderRule, logs?: Uint8Array): Uint8Array {
  requireObject(receipt, path);
  const type = typeOf(receipt, path, rule);
  const body = rlpListOf(
    RLP.encode(outcomeOf(receipt, path)),
    RLP.encode(quantityOf(receipt.cumulativeGasUsed, path, 'cumulativeGasUsed')),
    RLP.encode(bytesOf(receipt.logsBloom, path, 'logsBloom', bloomLength)),
    rlpListOf(...(logs === undefined ? encodedLogs(receipt, path) : [logs])),
    ...(type === depositType ? depositItems(receipt, path) : []).map((item) => RLP.encode(item)),
  );
  if (type === 0) return body;

  const typed = new Uint8Array(body.length + 1);
  typed[0] = type;
  typed.set(body, 1);
  return typed;
}

function encodedLogs({ logs }: RpcReceipt, path: string): Uint8Array[] {
  requireList(logs, `${path}.logs`);
  return logs.map((log, index) => encodeLog(log, `${path}.logs[${index}]`));
}

/**
 * Types of other chains (Arbitrum 0x64 to 0x6a, Polygon 0x7f, …) need not be known: their receipts are encoded like
 * Ethereum's, and the receipts root shows whether that holds.
 */
function typeOf(receipt: RpcReceipt, path: string, rule: HeaderRule): number {
  const [type = 0, ...more] = quantityOf(receipt.type ?? '0x0', path, 'type');
  if (type === depositType && rule !== 'op') {
    throw new ProofError(
      `${path}.type`,
      `${path}.type: ${receipt.type ?? ''} is no transaction type of headerRule ${rule}`,
      {
        hint: 'deposits of OP chains need headerRule op',
      },
    );
  }
  if (type <= largestType && more.length === 0) return type;
  throw new ProofError(
    `${path}.type`,
    `${path}.type: expected a type of EIP-2718, at most 0x7f, found ${receipt.type ?? ''}`,
    {
      hint: 'this chain has its own receipt format: use proof `witnesses`',
    },
  );
}

/** Before Byzantium a receipt has the state root instead of the status. */
function outcomeOf(receipt: RpcReceipt, path: string): Uint8Array {
  if (receipt.status !== undefined && receipt.status !== null) return quantityOf(receipt.status, path, 'status');
  if (receipt.root !== undefined && receipt.root !== null) return bytesOf(receipt.root, path, 'root', 32);
  throw new ProofError(`${path}.status`, `${path}.status: missing, as is the root of older receipts`);
}

/**
 * Regolith nodes return the nonce, too, but its blocks do not hash it: only the version indicates that both are hashed.
 */
function depositItems(receipt: RpcReceipt, path: string): Uint8Array[] {
  const { depositNonce, depositReceiptVersion } = receipt;
  if (depositReceiptVersion === undefined || depositReceiptVersion === null) return [];
  return [
    quantityOf(depositNonce, path, 'depositNonce'),
    quantityOf(depositReceiptVersion, path, 'depositReceiptVersion'),
  ];
}

/** Encodes a log as its receipt contains it. */
export function encodeLog(log: RpcReceiptLog, path: string): Uint8Array {
  requireObject(log, path);
  requireList(log.topics, `${path}.topics`);
  return RLP.encode([
    bytesOf(log.address, path, 'address', 20),
    log.topics.map((topic, index) => bytesOf(topic, path, `topics[${index}]`, 32)),
    bytesOf(log.data, path, 'data'),
  ]);
}
