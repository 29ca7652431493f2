import { RLP } from '@ethereumjs/rlp';
import type { Address, Hash, Hex } from 'viem';

import { type RlpItem, decodeRlp } from './decode-rlp.ts';
import { ProofError } from './error.ts';
import { bytesOf, quantityOf, requireObject, toHex } from './hex.ts';
import { keccak } from './keccak.ts';

/**
 * The header hashing rule of a chain. `ethereum`: all fields. `clique`: the same, including the seal in `extraData`.
 * `qbft` (Besu): `extraData` without the round and the committed seals. `ibft2` (Besu): without the seals. `op`: as
 * ethereum; its receipts include deposits.
 */
export type HeaderRule = 'ethereum' | 'clique' | 'qbft' | 'ibft2' | 'op';

export const headerRules = ['ethereum', 'clique', 'qbft', 'ibft2', 'op'] as const satisfies readonly HeaderRule[];

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
  readonly blockAccessListHash?: Hash | null;
  /** The name of `blockAccessListHash` in early releases of Besu. */
  readonly balHash?: Hash | null;
  readonly slotNumber?: Hex | null;
  /** Hashes, or full transactions. */
  readonly transactions?: readonly (Hash | { readonly hash: Hash })[];
}

/** Of the encoder, which only reads lists. */
type Input = Parameters<typeof RLP.encode>[0];
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
  ['blockAccessListHash', 32], // Amsterdam: EIP-7928
  ['slotNumber', 'quantity'], // EIP-7843
];

/** Fields that nodes add to a block and no chain hashes. */
const beside = [
  'hash',
  'size',
  'totalDifficulty',
  'transactions',
  'uncles',
  'withdrawals',
  'author',
  'sealFields',
  'balHash',
  // Arbitrum, from `extraData` and `mixHash`, which are hashed.
  'l1BlockNumber',
  'sendCount',
  'sendRoot',
];

/** Computes the block hash from the fields, never from `header.hash`. */
export const headerHash = (given: RpcHeader, rule: HeaderRule): Hash => toHex(keccak(encodeHeader(given, rule)));

/** The RLP list of which the block hash is the keccak256: what contracts take as a header. */
export function encodeHeader(given: RpcHeader, rule: HeaderRule): Uint8Array {
  requireObject(given, 'header');
  const header: RpcHeader = { ...given, blockAccessListHash: given.blockAccessListHash ?? given.balHash ?? null };

  const items = [...fields, ...appendedOf(header)].map(([field, kind]) => {
    if (field === 'extraData') return extraDataOf(header, rule);
    if (kind === 'quantity') return quantityOf(header[field], 'header', field);
    return bytesOf(header[field], 'header', field, kind === 'bytes' ? undefined : kind);
  });

  return RLP.encode(items);
}

/**
 * Fields of the header that are not hashed here: on a hash mismatch they point to a fork that this release does not
 * support. A field that is `null` is absent: Erigon returns those of later forks so.
 */
export function unknownFields(header: RpcHeader): string[] {
  const known: readonly string[] = [...fields, ...appended].map(([field]) => field);
  return Object.entries(header)
    .filter(([key, value]) => isPresent(value) && !known.includes(key) && !beside.includes(key))
    .map(([key]) => key);
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
    case 'ibft2':
      return /^0x0*$/.test(header.number) ? extraData : withoutSeals(extraData, rule);
  }
}

const wrongExtraData = (expected: string, found: Uint8Array): ProofError =>
  new ProofError('header.extraData', `header.extraData: expected ${expected}, found ${found.length} bytes`, {
    hint: 'the headerRule of this chain may differ',
  });

/**
 * Validators may commit a block in different rounds and with different seals. Of `extraData` (vanity, validators, vote,
 * round, seals) Besu hashes the first three: under QBFT followed by round 0 and no seals, under IBFT 2 alone.
 */
function withoutSeals(extraData: Uint8Array, rule: 'qbft' | 'ibft2'): Uint8Array {
  const expected = `vanity, validators, vote, round and seals, in the ${rule} format`;
  const items = decodeRlp(extraData, 2, () => wrongExtraData(expected, extraData));
  const [vanity, validators, vote, round, seals] = isString(items) ? [] : items;
  const isForm = isString(vanity) && isList(validators) && (isList(vote) || rule === 'ibft2');
  if (!isForm || vote === undefined || !isString(round) || !isList(seals)) throw wrongExtraData(expected, extraData);

  // Under IBFT 2 the round has four bytes, and no vote is the empty string.
  const hashed = rule === 'ibft2' ? [vanity, validators, vote] : [vanity, validators, asBesuWrites(vote), nothing, []];
  return RLP.encode(hashed as Input);
}

/**
 * A vote is a validator and 0xff to add it, or nothing to drop it. Besu decodes 0x00 as nothing and encodes it that
 * way.
 */
function asBesuWrites(vote: RlpItem): RlpItem {
  if (isString(vote) || vote.length < 2) return vote;
  const [validator = nothing, value] = vote;
  const isDrop = isString(value) && value.length === 1 && value[0] === 0;
  return isDrop ? [validator, nothing] : vote;
}

const nothing = new Uint8Array(0);

const isString = (item: RlpItem | undefined): item is Uint8Array => item instanceof Uint8Array;
const isList = (item: RlpItem | undefined): item is readonly RlpItem[] => item !== undefined && !isString(item);
