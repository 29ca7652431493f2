import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hash, type Hex, getAddress, recoverAddress } from 'viem';

import { ProofError } from './error.ts';
import type { HeaderRule } from './header.ts';
import { bytesOf, quantityOf, requireBytes, requireList, requireObject, toHex } from './hex.ts';
import { keccak } from './keccak.ts';
import { orderedTrieRoot } from './trie.ts';

/** A transaction of a block from `eth_getBlockByHash` with full transactions; every field is untrusted. */
type RpcTransaction = Readonly<Record<string, unknown>>;

export interface ProvenTransaction {
  readonly hash: Hash;
  /** The account that signed it, or that an OP chain's deposit names; checksummed. */
  sender(): Promise<Address>;
}

type Item = Uint8Array | Item[];

const nothing = new Uint8Array(0);

/** EIP-4844 (3) and EIP-7702 (4) are the last types; an OP chain adds deposits. */
const DEPOSIT = 0x7e;

/** The fields that a signer signs, in order, by type; the signature follows them. Sources: EIP-2930, 1559, 4844, 7702. */
const fields: Readonly<Record<number, readonly string[]>> = {
  0: ['nonce', 'gasPrice', 'gas', 'to', 'value', 'input'],
  1: ['chainId', 'nonce', 'gasPrice', 'gas', 'to', 'value', 'input', 'accessList'],
  2: [...['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList']],
  3: [
    ...['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList'],
    ...['maxFeePerBlobGas', 'blobVersionedHashes'],
  ],
  4: [
    ...['chainId', 'nonce', 'maxPriorityFeePerGas', 'maxFeePerGas', 'gas', 'to', 'value', 'input', 'accessList'],
    'authorizationList',
  ],
  [DEPOSIT]: ['sourceHash', 'from', 'to', 'mint', 'value', 'gas', 'isSystemTx', 'input'],
};

/**
 * Proves the transactions of a block.
 * @param transactionsRoot Of a header; the caller checks its hash.
 * @throws {ProofError} when they are not the block's transactions, or one has an unknown type.
 *
 * SECURITY: the root binds every signed byte, so hash and sender are computed, never taken from the node.
 */
export function proveTransactions(
  transactions: readonly unknown[],
  transactionsRoot: unknown,
  rule: HeaderRule,
): ProvenTransaction[] {
  requireList(transactions, 'transactions');
  const encoded = transactions.map((one, index) => encode(one as RpcTransaction, `transactions[${index}]`, rule));
  requireBytes(
    transactionsRoot,
    toHex(orderedTrieRoot(encoded.map(({ bytes }) => bytes))),
    'header',
    'transactionsRoot',
  );
  return encoded.map(({ bytes, sender }) => ({ hash: toHex(keccak(bytes)), sender }));
}

function encode(transaction: RpcTransaction, path: string, rule: HeaderRule) {
  requireObject(transaction, path);
  const [type = 0, ...more] = quantityOf(transaction['type'] ?? '0x0', path, 'type');
  const names = fields[type];
  if (names === undefined || more.length > 0 || (type === DEPOSIT && rule !== 'op')) {
    throw new ProofError(
      `${path}.type`,
      `${path}.type: ${String(transaction['type'])} is no transaction type of headerRule ${rule}`,
      {
        hint: 'this chain has its own transaction format: use proof `witnesses`',
      },
    );
  }
  const signed = names.map((name) => itemOf(transaction, path, name));
  if (type === DEPOSIT) {
    const from = getAddress(toHex(bytesOf(transaction['from'], path, 'from', 20)));
    return { bytes: typed(type, signed), sender: () => Promise.resolve(from) };
  }
  const [v, r, s] = ['v', 'r', 's'].map((name) => quantityOf(transaction[name], path, name)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const parity = type === 0 ? parityOf(v) : numberOf(v);
  const signature = { r: padded(r), s: padded(s), yParity: parity };
  const message = type === 0 ? RLP.encode([...signed, ...chainOf(v)]) : typed(type, signed);
  return {
    bytes: type === 0 ? RLP.encode([...signed, v, r, s]) : typed(type, [...signed, v, r, s]),
    sender: () => recoverAddress({ hash: toHex(keccak(message)), signature }),
  };
}

function itemOf(transaction: RpcTransaction, path: string, name: string): Item {
  const value = transaction[name];
  switch (name) {
    case 'to':
      return value === null || value === undefined ? nothing : bytesOf(value, path, name, 20);
    case 'from':
      return bytesOf(value, path, name, 20);
    case 'sourceHash':
      return bytesOf(value, path, name, 32);
    case 'input':
      return bytesOf(value, path, name);
    case 'mint':
      return value === null || value === undefined ? nothing : quantityOf(value, path, name);
    case 'isSystemTx':
      return value === true ? Uint8Array.of(1) : nothing;
    case 'accessList':
      return listOf(value, `${path}.${name}`).map((entry, index) => {
        const at = `${path}.${name}[${index}]`;
        const keys = listOf(entry['storageKeys'], `${at}.storageKeys`);
        return [bytesOf(entry['address'], at, 'address', 20), keys.map((key) => bytesOf(key, at, 'storageKeys', 32))];
      });
    case 'blobVersionedHashes':
      return listOf(value, `${path}.${name}`).map((hash) => bytesOf(hash, path, name, 32));
    case 'authorizationList':
      return listOf(value, `${path}.${name}`).map((entry, index) => {
        const at = `${path}.${name}[${index}]`;
        const parity = entry['yParity'] ?? entry['v'];
        return [
          quantityOf(entry['chainId'], at, 'chainId'),
          bytesOf(entry['address'], at, 'address', 20),
          quantityOf(entry['nonce'], at, 'nonce'),
          quantityOf(parity, at, 'yParity'),
          quantityOf(entry['r'], at, 'r'),
          quantityOf(entry['s'], at, 's'),
        ];
      });
    default:
      return quantityOf(value, path, name);
  }
}

function listOf(value: unknown, path: string): readonly RpcTransaction[] {
  requireList(value, path);
  return value as readonly RpcTransaction[];
}

function typed(type: number, items: Item[]): Uint8Array {
  const body = RLP.encode(items);
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = type;
  bytes.set(body, 1);
  return bytes;
}

const numberOf = (bytes: Uint8Array): number => Number(`0x${Buffer.from(bytes).toString('hex') || '0'}`);
const padded = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex').padStart(64, '0')}`;

/** EIP-155: v is 35 + 2 × chain id + parity; 27 + parity before. */
const parityOf = (v: Uint8Array): number => (numberOf(v) + 1) % 2;

function chainOf(v: Uint8Array): Item[] {
  const value = BigInt(`0x${Buffer.from(v).toString('hex') || '0'}`);
  if (value < 35n) return [];
  const digits = ((value - 35n) / 2n).toString(16);
  return [Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex'), nothing, nothing];
}
