import { RLP } from '@ethereumjs/rlp';
import type { Address, Hash, Hex } from 'viem';

import { ProofError } from './error.ts';
import { bytesOf, quantityOf, requireObject, toHex } from './hex.ts';
import { keccak } from './keccak.ts';

/**
 * The header hashing rule of a chain. `ethereum`: all fields. `clique`: the same, including the seal in `extraData`.
 * `qbft` (Besu): `extraData` without the round and the committed seals. `op`: as ethereum; its receipts include
 * deposits.
 */
export type HeaderRule = 'ethereum' | 'clique' | 'qbft' | 'op';

export const headerRules = ['ethereum', 'clique', 'qbft', 'op'] as const satisfies readonly HeaderRule[];

/** A header from `eth_getBlockByNumber`; only the fields read here. */
export interface RpcHeader {
  readonly hash: Hash;
  readonly parentHash: Hash;
  readonly sha3Uncles: Hash;
  readonly miner: Address;
  readonly stateRoot: Hash;
  readonly transactionsRoot: Hash;
  readonly receiptsRoot: Hash;
  readonly logsBloom: Hex;
  readonly difficulty: Hex;
  readonly number: Hex;
  readonly gasLimit: Hex;
  readonly gasUsed: Hex;
  readonly timestamp: Hex;
  readonly extraData: Hex;
  readonly mixHash: Hash;
  readonly nonce: Hex;
  readonly baseFeePerGas?: Hex | null;
  readonly withdrawalsRoot?: Hash | null;
  readonly blobGasUsed?: Hex | null;
  readonly excessBlobGas?: Hex | null;
  readonly parentBeaconBlockRoot?: Hash | null;
  readonly requestsHash?: Hash | null;
  /** Hashes, or full transactions. */
  readonly transactions?: readonly (Hash | { readonly hash: Hash })[];
}

type Field = keyof RpcHeader;
type Kind = 'quantity' | 'bytes' | number;

/** In hashing order; a number is a length in bytes. */
const fields: readonly (readonly [Field, Kind])[] = [
  ['parentHash', 32],
  ['sha3Uncles', 32],
  ['miner', 20],
  ['stateRoot', 32],
  ['transactionsRoot', 32],
  ['receiptsRoot', 32],
  ['logsBloom', 256],
  ['difficulty', 'quantity'],
  ['number', 'quantity'],
  ['gasLimit', 'quantity'],
  ['gasUsed', 'quantity'],
  ['timestamp', 'quantity'],
  ['extraData', 'bytes'],
  ['mixHash', 32],
  ['nonce', 8],
];

/** Fields appended by forks, oldest first: a header with one of them has all earlier ones. */
const appended: readonly (readonly [Field, Kind])[] = [
  ['baseFeePerGas', 'quantity'], // London
  ['withdrawalsRoot', 32], // Shanghai
  ['blobGasUsed', 'quantity'], // Cancun
  ['excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 32],
  ['requestsHash', 32], // Prague
];

/** Fields that nodes add to a block and no chain hashes. */
const beside = ['hash', 'size', 'totalDifficulty', 'transactions', 'uncles', 'withdrawals', 'author', 'sealFields'];

/** Computes the block hash from the fields, never from `header.hash`. */
export function headerHash(header: RpcHeader, rule: HeaderRule): Hash {
  requireObject(header, 'header');

  const items = [...fields, ...appendedOf(header)].map(([field, kind]) => {
    if (field === 'extraData') return extraDataOf(header, rule);
    if (kind === 'quantity') return quantityOf(header[field], 'header', field);
    return bytesOf(header[field], 'header', field, kind === 'bytes' ? undefined : kind);
  });

  return toHex(keccak(RLP.encode(items)));
}

/** Unhashed fields of the header: on a hash mismatch they point to a fork that this code does not support. */
export function unknownFields(header: RpcHeader): string[] {
  const known: readonly string[] = [...fields, ...appended].map(([field]) => field);
  return Object.keys(header).filter((key) => !known.includes(key) && !beside.includes(key));
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

function appendedOf(header: RpcHeader): readonly (readonly [Field, Kind])[] {
  const missing = appended.findIndex(([field]) => !isPresent(header[field]));
  if (missing === -1) return appended;

  const later = appended.slice(missing).find(([field]) => isPresent(header[field]));
  if (later === undefined) return appended.slice(0, missing);

  const gap = appended[missing]?.[0] ?? '';
  throw new ProofError(`header.${gap}`, `header.${gap}: missing, though the header has ${later[0]}, which came later`, {
    hint: 'this chain has its own header format, or the node omits fields: use proof `witnesses`, or another node',
  });
}

function extraDataOf(header: RpcHeader, rule: HeaderRule): Uint8Array {
  const extraData = bytesOf(header.extraData, 'header', 'extraData');
  switch (rule) {
    case 'ethereum':
    case 'op':
      return extraData;
    case 'clique':
      // 32 vanity bytes, the signers at checkpoints, and a 65-byte signature.
      if (extraData.length < 97) throw wrongExtraData('97 bytes or more, in the clique format', extraData);
      return extraData;
    case 'qbft':
      return /^0x0*$/.test(header.number) ? extraData : withoutSeals(extraData);
  }
}

const wrongExtraData = (expected: string, found: Uint8Array, cause?: unknown): ProofError =>
  new ProofError('header.extraData', `header.extraData: expected ${expected}, found ${found.length} bytes`, {
    cause,
    hint: 'the headerRule of this chain may differ',
  });

/**
 * Validators may commit a block in different rounds and with different seals, so Besu hashes `extraData` (vanity,
 * validators, vote, round, seals) with round 0 and no seals.
 */
function withoutSeals(extraData: Uint8Array): Uint8Array {
  const expected = 'vanity, validators, vote, round and seals, in the qbft format';
  let items;
  try {
    items = RLP.decode(extraData);
  } catch (cause) {
    throw wrongExtraData(expected, extraData, cause);
  }

  const [vanity, validators, vote, round, seals] = Array.isArray(items) ? items : [];
  const isForm = vanity instanceof Uint8Array && Array.isArray(validators) && Array.isArray(vote);
  if (!isForm || !(round instanceof Uint8Array) || !Array.isArray(seals)) throw wrongExtraData(expected, extraData);

  return RLP.encode([vanity, validators, asBesuWrites(vote), new Uint8Array(0), []]);
}

/**
 * A vote is a validator and 0xff to add it, or nothing to drop it. Besu decodes 0x00 as nothing and encodes it that
 * way.
 */
function asBesuWrites(vote: NonNullable<Parameters<typeof RLP.encode>[0]>): typeof vote {
  if (!Array.isArray(vote) || vote.length < 2) return vote;
  const [validator, value] = vote;
  const isDrop = value instanceof Uint8Array && value.length === 1 && value[0] === 0;
  return isDrop ? [validator, new Uint8Array(0)] : vote;
}
