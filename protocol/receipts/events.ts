import { type Address, type Hex, getAddress, toEventSelector } from 'viem';

import type { Direction } from '../lane.ts';
import type { ReceiptLog } from './log-proof.ts';
import { ReceiptError } from './receipt-error.ts';

/* The events that a receipt proves, read by position: docs/receipt.md lists topics and words. Nothing else is accepted. */

const selectors = {
  mint: toEventSelector('MainTokenDeposited(address,uint64,address,address,uint256,uint256,uint64)'),
  withdraw: toEventSelector('ProductTokenRedeem(address,uint64,address,address,uint256,uint256,uint64)'),
  executed: toEventSelector('TransfersExecuted(address,uint64,uint256,uint32,bytes32)'),
  parked: toEventSelector('TransferParked(address,uint64,uint256)'),
  released: toEventSelector('TransferReleased(address,uint64)'),
  bounced: toEventSelector('TransferBounced(address,uint64,uint64)'),
  signers: toEventSelector('SignersChanged(uint64,address[],uint256)'),
  anchored: toEventSelector('Anchored(uint64,bytes32,bytes32,uint64,bytes32[],bytes32)'),
};

type Name = keyof typeof selectors;

/** Of each event: the topics after the selector, and the words of data; `signers` and `anchored`, with a list, at least as many. */
const shapes: Readonly<Record<Name, readonly [number, number]>> = {
  mint: [3, 4],
  withdraw: [3, 4],
  executed: [2, 3],
  parked: [2, 1],
  released: [2, 0],
  bounced: [2, 1],
  signers: [1, 3],
  anchored: [2, 5],
};

/** True when a log is this event of this bridge. */
export const isEvent = (log: ReceiptLog, name: Name, bridge: Address): boolean =>
  log.address === bridge && log.topics[0] === selectors[name];

function wordsOf(log: ReceiptLog, name: Name, bridge: Address, field: string): { topics: Hex[]; words: Hex[] } {
  if (log.address !== bridge)
    throw new ReceiptError(
      field,
      `the log is of ${log.address}, expected the ${name === 'anchored' ? 'contract' : 'bridge'} ${bridge}`,
    );
  const [selector, ...topics] = log.topics;
  if (selector !== selectors[name]) {
    throw new ReceiptError(field, `the log is the event ${selector ?? 'without a topic'}, expected ${selectors[name]}`);
  }
  const [topicCount, wordCount] = shapes[name];
  const words = (log.data.slice(2).match(/.{64}/g) ?? []).map((word): Hex => `0x${word}`);
  const isWhole = log.data.length === 2 + 64 * words.length;
  const isLong = name === 'signers' || name === 'anchored' ? words.length >= wordCount : words.length === wordCount;
  if (!isWhole || !isLong || topics.length !== topicCount) {
    throw new ReceiptError(field, `expected ${topicCount + 1} topics and ${wordCount} words of data`);
  }
  return { topics, words };
}

export interface DepartureEvent {
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly sender: Address;
  readonly recipient: Address;
  readonly sourceAmount: bigint;
  readonly amount: bigint;
}

/** `MainTokenDeposited` or `ProductTokenRedeem`: both have the same layout. */
export function departureIn(log: ReceiptLog, direction: Direction, bridge: Address, field: string): DepartureEvent {
  const { topics, words } = wordsOf(log, direction, bridge, field);
  return {
    productToken: addressIn(topics[0], field),
    nonce: numberIn(topics[1], field),
    sender: addressIn(topics[2], field),
    recipient: addressIn(words[0], field),
    sourceAmount: numberIn(words[1], field),
    amount: numberIn(words[2], field),
  };
}

/** The product token and the nonce of an event with these two topics, and its words. */
export function laneEventIn(
  log: ReceiptLog,
  name: 'executed' | 'parked' | 'released' | 'bounced',
  bridge: Address,
  field: string,
) {
  const { topics, words } = wordsOf(log, name, bridge, field);
  return { productToken: addressIn(topics[0], field), nonce: numberIn(topics[1], field), words };
}

export interface ExecutedEvent {
  readonly productToken: Address;
  readonly firstNonce: bigint;
  readonly mask: bigint;
  readonly signerMask: number;
  readonly digest: Hex;
}

export function executedIn(log: ReceiptLog, bridge: Address, field: string): ExecutedEvent {
  const { productToken, nonce, words } = laneEventIn(log, 'executed', bridge, field);
  const signerMask = numberIn(words[1], field);
  if (signerMask > 0xffff_ffffn) throw new ReceiptError(field, 'expected a signer mask of 32 bits');
  return {
    ...{ productToken, firstNonce: nonce, mask: numberIn(words[0], field) },
    ...{ signerMask: Number(signerMask), digest: words[2] ?? '0x' },
  };
}

export interface SignersEvent {
  readonly signerEpoch: bigint;
  readonly signers: readonly Address[];
  readonly threshold: bigint;
}

export function signersIn(log: ReceiptLog, bridge: Address, field: string): SignersEvent {
  const { topics, words } = wordsOf(log, 'signers', bridge, field);
  const [offset, threshold, length, ...list] = words;
  if (numberIn(offset, field) !== 64n || numberIn(length, field) !== BigInt(list.length)) {
    throw new ReceiptError(field, 'expected one list of signers, encoded as the bridge does');
  }
  return {
    ...{ signerEpoch: numberIn(topics[0], field), threshold: numberIn(threshold, field) },
    signers: list.map((signer) => addressIn(signer, field)),
  };
}

/** Of the contract Anchors. The peaks that it lists are those that are new, so that they are not read. */
export function anchoredIn(log: ReceiptLog, contract: Address, field: string) {
  const { topics, words } = wordsOf(log, 'anchored', contract, field);
  const [number, blockHash = '0x'] = topics;
  const [historyRoot = '0x', attestedAt] = words;
  return { number: numberIn(number, field), blockHash, historyRoot, attestedAt: numberIn(attestedAt, field) };
}

export const numberIn = (word: Hex | undefined, field: string): bigint => {
  if (word === undefined) throw new ReceiptError(field, 'a word is missing');
  return BigInt(word);
};

function addressIn(word: Hex | undefined, field: string): Address {
  if (word !== undefined && /^0x0{24}/.test(word)) return getAddress(`0x${word.slice(26)}`);
  throw new ReceiptError(field, `expected an address, found ${word ?? 'nothing'}`);
}
