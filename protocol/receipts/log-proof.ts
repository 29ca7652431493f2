import { type Address, type Hex, bytesToHex, getAddress, keccak256 } from 'viem';

import type { Side } from '../lane.ts';
import { type RlpItem, decodeRlp } from '../proof/decode-rlp.ts';
import { fromBase64 } from './base64.ts';
import type { LogProof } from './format.ts';
import { ReceiptError, refusing, requireSame } from './receipt-error.ts';
import { withPayments } from './payments.ts';
import { provenValue } from './trie-proof.ts';

/** A log of a successful transaction. */
export interface ReceiptLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
}

/** A block; its hash is where a proof starts. */
export interface BlockFacts {
  readonly number: number;
  readonly hash: Hex;
  /** In seconds since the epoch, by the chain's clock. */
  readonly timestamp: number;
}

/** A chain of the receipt's bridge. */
export interface BridgeChain {
  readonly side: Side;
  readonly chainId: number;
}

export interface ProvenBlock extends BlockFacts, BridgeChain {}

/** @typeParam Chain Names the block's chain; an outer chain has no name. */
export interface ProvenLog<Chain extends object = BridgeChain> {
  readonly block: BlockFacts & Chain;
  readonly transactionIndex: number;
  /** Position within the transaction's receipt. */
  readonly index: number;
  readonly log: ReceiptLog;
  /** All logs of the same transaction. */
  readonly logs: readonly ReceiptLog[];
}

/** In bytes. Ethereum's headers have about 650; those of clique and QBFT also list validators. */
const MAXIMUM_HEADER = 8_192;
const MAXIMUM_NODE = 786_432;

/** Positions in the header's list since Frontier; forks append. */
const RECEIPTS_ROOT = 5;
const NUMBER = 8;
const TIMESTAMP = 11;
const LEAST_FIELDS = 15;
const MOST_FIELDS = 32;

const BLOOM = 256;
/** EIP-2718: a first byte below this is a transaction type. */
const LEGACY = 0xc0;
const LARGEST_TYPE = 0x7f;

/**
 * Proves a log from the hash of its block.
 * @param transfers Of the attestation, where payments may be cut out of the leaf.
 * @throws {ReceiptError}
 */
export function verifyLogProof<Chain extends object>(
  given: LogProof,
  chain: Chain,
  field: string,
  transfers?: Uint8Array,
): ProvenLog<Chain> {
  const header = fromBase64(given.header, MAXIMUM_HEADER, `${field}.header`);
  requireSame(keccak256(header), given.block.hash, `${field}.header`, 'the hash of the block');
  const fields = decodeRlp(header, 1, refusing(`${field}.header`));
  if (fields instanceof Uint8Array || fields.length < LEAST_FIELDS || fields.length > MOST_FIELDS) {
    throw new ReceiptError(`${field}.header`, `expected a list of ${LEAST_FIELDS} to ${MOST_FIELDS} fields`);
  }
  const number = integerIn(fields[NUMBER], `${field}.header.number`);
  requireSame(given.block.number, number, `${field}.block.number`, 'the number in the header');
  const root = wordIn(fields[RECEIPTS_ROOT], `${field}.header.receiptsRoot`);

  const nodes = given.proof.map((node, index) => fromBase64(node, MAXIMUM_NODE, `${field}.proof[${index}]`));
  if (given.payments !== undefined) {
    const leaf = nodes.pop();
    if (leaf === undefined || transfers === undefined) {
      throw new ReceiptError(`${field}.payments`, 'unknown field: only the execution of a batch has payments');
    }
    nodes.push(withPayments(leaf, given.payments, transfers, `${field}.payments`));
  }
  const receipt = provenValue(root, given.transactionIndex, nodes, `${field}.proof`);
  const logs = successfulLogs(receipt, `${field}.receipt`);
  const log = logs[given.log];
  if (log === undefined) {
    throw new ReceiptError(`${field}.log`, `the receipt has ${logs.length} logs, expected one at ${given.log}`);
  }
  const timestamp = integerIn(fields[TIMESTAMP], `${field}.header.timestamp`);
  return {
    block: { ...chain, number, hash: given.block.hash, timestamp },
    ...{ transactionIndex: given.transactionIndex, index: given.log, log, logs },
  };
}

function successfulLogs(receipt: Uint8Array, field: string): ReceiptLog[] {
  const [first = 0] = receipt;
  const isTyped = first <= LARGEST_TYPE;
  if (!isTyped && first < LEGACY) throw new ReceiptError(field, 'expected a typed receipt or a list');
  const body = decodeRlp(isTyped ? receipt.subarray(1) : receipt, 4, refusing(field));
  // Deposits of OP chains append two numbers.
  if (body instanceof Uint8Array || body.length < 4 || body.length > 6) {
    throw new ReceiptError(field, 'expected a list of status, gas, bloom and logs');
  }
  const [status, , bloom, logs] = body;
  if (!(status instanceof Uint8Array) || status.length !== 1 || status[0] !== 1) {
    throw new ReceiptError(field, 'the transaction failed: expected the status 1');
  }
  if (!(bloom instanceof Uint8Array) || bloom.length !== BLOOM || logs === undefined || logs instanceof Uint8Array) {
    throw new ReceiptError(field, `expected a bloom of ${BLOOM} bytes and a list of logs`);
  }
  return logs.map((log, index) => logOf(log, `${field}.logs[${index}]`));
}

function logOf(item: RlpItem, field: string): ReceiptLog {
  const [address, topics, data] = item instanceof Uint8Array || item.length !== 3 ? [] : item;
  const isLog = address instanceof Uint8Array && address.length === 20 && data instanceof Uint8Array;
  if (!isLog || topics === undefined || topics instanceof Uint8Array || topics.length > 4) {
    throw new ReceiptError(field, 'expected a list of address, topics and data');
  }
  return {
    address: getAddress(bytesToHex(address)),
    topics: topics.map((topic, index) => bytes32(topic, `${field}.topics[${index}]`)),
    data: bytesToHex(data),
  };
}

function bytes32(item: RlpItem | undefined, field: string): Hex {
  if (item instanceof Uint8Array && item.length === 32) return bytesToHex(item);
  throw new ReceiptError(field, 'expected 32 bytes');
}

function wordIn(item: RlpItem | undefined, field: string): Hex {
  const word = bytes32(item, field);
  if (/^0x0+$/.test(word)) throw new ReceiptError(field, 'expected a root other than zero');
  return word;
}

/** A number below 2^53, without leading zeros. */
function integerIn(item: RlpItem | undefined, field: string): number {
  const isNumber = item instanceof Uint8Array && item.length <= 7 && item[0] !== 0;
  const value = isNumber ? item.reduce((sum, byte) => sum * 256 + byte, 0) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new ReceiptError(field, 'expected a number below 2^53 without leading zeros');
}
