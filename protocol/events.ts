import { type Abi, type Address, type Hex, decodeEventLog, getAddress, toEventSelector } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi, productBridgeAbi, rewardsAbi } from './abi.ts';
import { indicesOf } from './attestation.ts';
import { maskedNonces } from './bitmap.ts';
import { type Direction, type Side, directionFrom, directionTo } from './lane.ts';
import type { RpcLog } from './proof/rpc-log.ts';

/*
 * The event stream: every event in final blocks of the two bridges and of the contracts that the main bridge names. An event, its
 * id and its place are a function of a proven log alone, so all relayers of a bridge serve the same ones.
 */

export const eventKinds = [
  ...['departed', 'approved', 'executed', 'parked', 'released', 'refused', 'bounced', 'voided'],
  ...['paused', 'unpaused', 'governance', 'peg', 'fee', 'rewards', 'anchored', 'exit'],
] as const satisfies readonly string[];

export type EventKind = (typeof eventKinds)[number];

/** A contract of the main chain with events in the stream: the bridge names `rewards` and `exits`, and `exits` names `anchors`. */
export type Satellite = 'rewards' | 'exits' | 'anchors';

/** Place of an event on its chain. The order is total. */
export interface EventPosition {
  readonly block: bigint;
  /** Index of the log in its block. */
  readonly log: number;
  /** Place in the log: of an executed transfer, its offset in the batch. */
  readonly item: number;
}

/** Per chain, the position up to which a consumer has seen everything. Holds at every relayer of the bridge. */
export type EventCursor = Readonly<Record<Side, EventPosition>>;

/** One event. Integers that may exceed 2^53 are decimal strings on the wire. */
export interface EventView extends EventPosition {
  /** `{chainId}-{block}-{log}-{item}`: the same at every relayer, for deduplication. */
  readonly id: string;
  readonly kind: EventKind;
  readonly side: Side;
  readonly chainId: number;
  /** The contract that emitted it: the side's bridge, or a satellite. */
  readonly contract: Address;
  /** The same, under the name that it had before there were satellites. */
  readonly bridge: Address;
  readonly blockHash: Hex;
  /** Of the block, in seconds since the epoch. */
  readonly timestamp: bigint;
  readonly transactionHash: Hex;
  /** The contract's event and its arguments. */
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The transfer's lane and nonce, of the kinds that concern one transfer. */
  readonly direction: Direction | undefined;
  readonly productToken: Address | undefined;
  readonly nonce: bigint | undefined;
  /** Of `executed`: indices of the counted signatures, in the destination's signer list of that time. */
  readonly signers: readonly number[] | undefined;
}

/** An event with the cursor that holds once it was consumed. */
export interface StreamedEvent extends EventView {
  readonly cursor: string;
}

export interface EventsView {
  readonly events: readonly StreamedEvent[];
  /** Continue with `?after=` this; equals the request's when there is nothing new. */
  readonly cursor: string;
  /** True if more events are available now. */
  readonly more: boolean;
}

const START: EventPosition = { block: 0n, log: 0, item: 0 };

/** Before every event. */
export const firstCursor: EventCursor = { main: START, product: START };

/** Above every log index. */
const LAST_LOG = 4_294_967_295;

/** Everything below a block. */
export const beforeBlock = (block: bigint): EventPosition =>
  block === 0n ? START : { block: block - 1n, log: LAST_LOG, item: 0 };

export const positionOf = ({ block, log, item }: EventPosition): EventPosition => ({ block, log, item });

/** Negative if `a` comes first. */
export const comparePositions = (a: EventPosition, b: EventPosition): number =>
  a.block === b.block ? a.log - b.log || a.item - b.item : a.block < b.block ? -1 : 1;

const formatPosition = ({ block, log, item }: EventPosition): string => `${block}.${log}.${item}`;

/** `m{block}.{log}.{item}_p{block}.{log}.{item}` */
export const formatCursor = ({ main, product }: EventCursor): string =>
  `m${formatPosition(main)}_p${formatPosition(product)}`;

const CURSOR = /^m(\d{1,15})\.(\d{1,10})\.(\d{1,3})_p(\d{1,15})\.(\d{1,10})\.(\d{1,3})$/;

/** Undefined for text that is no cursor. */
export function parseCursor(text: string): EventCursor | undefined {
  const found = CURSOR.exec(text);
  if (found === null) return undefined;
  const position = (at: number): EventPosition => ({
    block: BigInt(found[at] ?? 0),
    log: Number(found[at + 1]),
    item: Number(found[at + 2]),
  });
  return { main: position(1), product: position(4) };
}

const ID = /^(\d{1,15})-(\d{1,15})-(\d{1,10})-(\d{1,3})$/;

/** The place that an event's id names. Undefined for text that is no id. */
export function parseEventId(text: string): (EventPosition & { readonly chainId: number }) | undefined {
  const found = ID.exec(text);
  if (found === null) return undefined;
  const [chainId, , log, item] = found.slice(1).map(Number) as [number, number, number, number];
  return { chainId, block: BigInt(found[2] ?? 0), log, item };
}

/** The cursor after an event. */
export const advanceCursor = (cursor: EventCursor, event: EventPosition & { readonly side: Side }): EventCursor => ({
  ...cursor,
  [event.side]: positionOf(event),
});

const kindOf: Readonly<Record<string, EventKind>> = {
  MainTokenDeposited: 'departed',
  ProductTokenRedeem: 'departed',
  TransfersApproved: 'approved',
  DigestApproved: 'approved',
  TransfersExecuted: 'executed',
  TransferParked: 'parked',
  TransferReleased: 'released',
  TransferFailed: 'refused',
  TransferBounced: 'bounced',
  TransferVoided: 'voided',
  Paused: 'paused',
  PauseChanged: 'paused',
  ProposalAccepted: 'governance',
  ProposalExecuted: 'governance',
  SignersChanged: 'governance',
  DelaysChanged: 'governance',
  PegOpened: 'peg',
  PegRetired: 'peg',
  LimitChanged: 'peg',
  MinimumChanged: 'peg',
  DepartMinimumChanged: 'peg',
  GasCapChanged: 'peg',
  FeeChanged: 'peg',
  DepositsAllowed: 'peg',
  FeeTaken: 'fee',
  FeesCollected: 'fee',
  Published: 'rewards',
  Claimed: 'rewards',
  Anchored: 'anchored',
  CorrectionAccepted: 'anchored',
  Corrected: 'anchored',
  Halted: 'exit',
  ExitPaid: 'exit',
  Opened: 'exit',
  Closed: 'exit',
  Advanced: 'exit',
  Registered: 'exit',
  Paid: 'exit',
};

/** Each event's own ABI, by topic: given the whole ABI, viem hashes every signature for every log. */
const byTopic = (abi: Abi): ReadonlyMap<Hex, Abi> =>
  new Map(abi.flatMap((item) => (item.type === 'event' ? [[toEventSelector(item), [item]] as const] : [])));

const satelliteAbis: Readonly<Record<Satellite, ReadonlyMap<Hex, Abi>>> = {
  rewards: byTopic(rewardsAbi),
  exits: byTopic(exitsAbi),
  anchors: byTopic(anchorsAbi),
};

/** No two of the contracts share an event: a topic alone names it. */
const abis: Readonly<Record<Side, ReadonlyMap<Hex, Abi>>> = {
  main: new Map([...Object.values(satelliteAbis).flatMap((abi) => [...abi]), ...byTopic(mainBridgeAbi)]),
  product: byTopic(productBridgeAbi),
};

/**
 * The event that a log of a satellite is; undefined if the stream does not have it. `PayoutChanged` is left out, since it may be older than
 * the bridge, where no relayer reads.
 * SECURITY: a log of another form is none, instead of an error that would stop the bridge's transfers.
 */
export function satelliteEventOf(satellite: Satellite, { topics, data }: RpcLog): string | undefined {
  const [topic] = topics;
  const abi = topic === undefined ? undefined : satelliteAbis[satellite].get(topic);
  if (abi === undefined) return undefined;
  try {
    const { eventName } = decodeEventLog({ abi, data, topics: topics as [Hex, ...Hex[]] }) as { eventName: string };
    return kindOf[eventName] === undefined ? undefined : eventName;
  } catch {
    return undefined;
  }
}

export interface EventSource {
  readonly side: Side;
  readonly chainId: number;
  readonly log: RpcLog;
  /** Of the block, in seconds since the epoch. */
  readonly timestamp: bigint;
}

/** The events of one proven log, in order: one for each transfer of a batch, otherwise one; none of an unknown log. */
export function eventsOf({ side, chainId, log, timestamp }: EventSource): readonly EventView[] {
  const [topic] = log.topics;
  const abi = topic === undefined ? undefined : abis[side].get(topic);
  if (abi === undefined) return [];
  const { eventName: name, args = {} } = decodeEventLog({
    ...{ abi, data: log.data, topics: log.topics as [Hex, ...Hex[]] },
  }) as unknown as { readonly eventName: string; readonly args?: Readonly<Record<string, unknown>> };
  let kind = kindOf[name];
  if (kind === undefined) return [];
  // Governance ends a pause by moving its end to the block's time.
  if (name === 'PauseChanged' && (args['until'] as bigint) <= timestamp) kind = 'unpaused';

  const { productToken } = args;
  const block = BigInt(log.blockNumber);
  const index = Number(log.logIndex);
  const contract = getAddress(log.address);
  const event = (item: number, nonce: bigint | undefined, signers?: readonly number[]): EventView => ({
    id: `${chainId}-${block}-${index}-${item}`,
    ...{ kind, side, chainId, contract, bridge: contract, block, log: index, item },
    ...{ blockHash: log.blockHash, timestamp, transactionHash: log.transactionHash, name, args },
    direction: directionOf(kind, side, name),
    productToken: typeof productToken === 'string' ? getAddress(productToken) : undefined,
    ...{ nonce, signers },
  });

  if (name !== 'TransfersExecuted') {
    // A proposal's nonce counts proposals.
    const isTransfer = kind !== 'governance' && typeof args['nonce'] === 'bigint';
    return [event(0, isTransfer ? (args['nonce'] as bigint) : undefined)];
  }
  const firstNonce = args['firstNonce'] as bigint;
  const signers = indicesOf(args['signerMask'] as number);
  return maskedNonces(firstNonce, args['mask'] as bigint).map((nonce) =>
    event(Number(nonce - firstNonce), nonce, signers),
  );
}

/** Undefined for events without a lane. */
function directionOf(kind: EventKind, side: Side, name: string): Direction | undefined {
  if (kind === 'departed' || name === 'FeeTaken') return directionFrom(side);
  const arrives = ['executed', 'parked', 'released', 'refused', 'bounced', 'voided'].includes(kind);
  return arrives || name === 'TransfersApproved' ? directionTo(side) : undefined;
}
