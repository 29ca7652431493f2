import {
  type Abi,
  type Address,
  type Hex,
  decodeEventLog,
  getAbiItem,
  getAddress,
  hexToBigInt,
  size,
  toEventSelector,
} from 'viem';

import { type Side, type Transfer, directionFrom } from '../../protocol/lane.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { type Satellite, satelliteEventOf } from '../../protocol/events.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';

/** Bridge events on which a relayer acts. */
export type BridgeEvent = {
  readonly side: Side;
  readonly blockNumber: bigint;
  readonly transactionHash: Hex;
  /** The proven log from which it was decoded. */
  readonly log: RpcLog;
} & (
  | { readonly kind: 'departed'; readonly transfer: Transfer }
  | {
      readonly kind: 'executed';
      readonly productToken: Address;
      readonly firstNonce: bigint;
      readonly mask: bigint;
      readonly signerMask: number;
      readonly digest: Hex;
    }
  | {
      readonly kind: 'failed' | 'parked' | 'released' | 'voided' | 'bounced';
      readonly productToken: Address;
      readonly nonce: bigint;
    }
  | { readonly kind: 'approved'; readonly digest: Hex; readonly signer: Address; readonly approvals: number }
  /** Signers, pegs, limits, pause or delays have changed: read the cached bridge state again. */
  | { readonly kind: 'changed'; readonly name: string }
  /** Changes no cached state: for the event stream only. */
  | { readonly kind: 'noted'; readonly name: string }
);

const kinds = {
  TransferFailed: 'failed',
  TransferParked: 'parked',
  TransferReleased: 'released',
  TransferVoided: 'voided',
  TransferBounced: 'bounced',
} as const;

/**
 * Events that change no cached state: the audit reads fee pots and locked amounts itself, and governance is left to the
 * operators. `Halted` and `ExitPaid` are not included: a halt is a pause, which is cached.
 */
const noted: ReadonlySet<string> = new Set(['FeeTaken', 'FeesCollected', 'DepositsAllowed']);

/** Each event's own ABI, by topic: given the whole ABI, viem hashes the signature of every event for every log. */
const byTopic = <const abi extends Abi>(all: abi): ReadonlyMap<Hex, abi> =>
  new Map(
    all.flatMap((item) => (item.type === 'event' ? [[toEventSelector(item), [item] as Abi as abi] as const] : [])),
  );

const mainEvents = byTopic(mainBridgeAbi);
const productEvents = byTopic(productBridgeAbi);

const departureTopics: Readonly<Record<Side, Hex>> = {
  main: toEventSelector(getAbiItem({ abi: mainBridgeAbi, name: 'MainTokenDeposited' })),
  product: toEventSelector(getAbiItem({ abi: productBridgeAbi, name: 'ProductTokenRedeem' })),
};

/**
 * Fast path for departures, which dominate under load. Both sides use one layout: peg, nonce and sender in the topics;
 * recipient, both amounts and the previous block in the data. Reading by offset costs a tenth of ABI decoding; a test
 * asserts that both decode alike.
 */
function departureOf(side: Side, { topics, data, blockNumber, blockHash, transactionHash }: RpcLog): Transfer {
  const [, productToken = '0x', nonce = '0x', sender = '0x'] = topics;
  const whole = topics.length === 4 && topics.every((topic) => size(topic) === 32) && size(data) === 128;
  if (!whole) {
    throw new PegwayError(`${side} chain: a departure in ${transactionHash} is not laid out as one`, {
      code: 'proof-invalid',
      hint: 'a node answers with logs that no bridge has emitted; replace it',
    });
  }
  const word = (index: number): Hex => `0x${data.slice(2 + 64 * index, 66 + 64 * index)}`;
  return {
    lane: { direction: directionFrom(side), productToken: addressOf(productToken) },
    nonce: BigInt(nonce),
    sender: addressOf(sender),
    recipient: addressOf(word(0)),
    sourceAmount: BigInt(word(1)),
    amount: BigInt(word(2)),
    previousBlock: BigInt(word(3)),
    blockNumber: BigInt(blockNumber),
    blockHash,
    transactionHash,
  };
}

/** The last 20 bytes of a word, checksummed. */
const addressOf = (word: Hex): Address => getAddress(`0x${word.slice(26)}`);

/**
 * Decodes one log of one bridge.
 * SECURITY: the caller has checked the emitting address; topics and data remain untrusted until the block is proven.
 */
export function decodeBridgeLog(side: Side, log: RpcLog): BridgeEvent {
  const blockNumber = hexToBigInt(log.blockNumber);
  const { transactionHash } = log;
  const base = { side, blockNumber, transactionHash, log };
  const raw = { data: log.data, topics: log.topics as [Hex, ...Hex[]] };
  const [topic] = raw.topics;
  if (topic === departureTopics[side]) return { ...base, kind: 'departed', transfer: departureOf(side, log) };
  const event =
    side === 'main'
      ? decodeEventLog({ abi: mainEvents.get(topic) ?? mainBridgeAbi, ...raw })
      : decodeEventLog({ abi: productEvents.get(topic) ?? productBridgeAbi, ...raw });

  switch (event.eventName) {
    case 'TransfersExecuted':
      return { ...base, kind: 'executed', ...event.args, productToken: getAddress(event.args.productToken) };
    case 'TransfersApproved':
    case 'DigestApproved': {
      const { digest, signer, approvals } = event.args;
      return { ...base, kind: 'approved', digest, signer: getAddress(signer), approvals };
    }
    case 'TransferFailed':
    case 'TransferParked':
    case 'TransferReleased':
    case 'TransferVoided':
    case 'TransferBounced': {
      const { productToken, nonce } = event.args;
      return { ...base, kind: kinds[event.eventName], productToken: getAddress(productToken), nonce };
    }
    default:
      return { ...base, kind: noted.has(event.eventName) ? 'noted' : 'changed', name: event.eventName };
  }
}

/**
 * A log of a contract that the main bridge names, for the event stream only; undefined if the stream does not have it.
 * SECURITY: never decoded as an event of the bridge, whatever its topics are.
 */
export function decodeSatelliteLog(satellite: Satellite, log: RpcLog): BridgeEvent | undefined {
  const name = satelliteEventOf(satellite, log);
  if (name === undefined) return undefined;
  const { blockNumber, transactionHash } = log;
  return { side: 'main', blockNumber: hexToBigInt(blockNumber), transactionHash, log, kind: 'noted', name };
}
