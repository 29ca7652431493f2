import { type Address, type Hex, getAddress, isAddressEqual, numberToHex, padHex } from 'viem';

import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Direction, type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { ReceiptParts } from '../../protocol/receipts/build-receipt.ts';
import { type SignersEvent, signersIn } from '../../protocol/receipts/events.ts';
import type { LogProof } from '../../protocol/receipts/format.ts';
import { type BridgeEvent, decodeBridgeLog } from '../chain/events.ts';
import type { Pair } from '../state/statement.ts';
import type { HistoryItem } from '../store/history.ts';
import type { EventStore } from '../store/event-store.ts';
import { type ProvableChain, type ProvenEvent, proveEvent } from './proven-event.ts';
import { batchStatement, bounceStatement } from './signed-statement.ts';

export interface PartsSources {
  readonly chains: Readonly<Record<Side, ProvableChain & { readonly address: Address }>>;
  readonly pair: Pair;
  readonly events: Pick<EventStore, 'named'>;
}

/** A transfer that the history has with its end. */
export type EndedItem = Pick<HistoryItem, 'transfer'> & { readonly executedBlock: bigint };

/** Lists in use: each receipt of an epoch proves the same event. */
const REMEMBERED = 8;

const positionOf = ({ blockNumber, logIndex }: Pick<RpcLog, 'blockNumber' | 'logIndex'>): number =>
  Number(blockNumber) * 2 ** 20 + Number(logIndex);
const isSame = (a: RpcLog, b: RpcLog): boolean => Number(a.logIndex) === Number(b.logIndex);

/** Reads the parts of receipts from final blocks of both chains. */
export function createPartsReader({ chains, pair, events }: PartsSources): (item: EndedItem) => Promise<ReceiptParts> {
  const lists = new BoundedMap<string, Promise<LogProof>>(REMEMBERED);

  const prove = (side: Side, block: bigint, isWanted: (event: BridgeEvent) => boolean): Promise<ProvenEvent> =>
    proveEvent(chains[side], chains[side].address, block, (log) => isWanted(decodeBridgeLog(side, log)));

  /** The list of signers that was current at a log of the destination. */
  const listAt = (side: Side, log: RpcLog): { readonly set: SignersEvent; readonly event: RpcLog } => {
    const before = events.named(side, 'SignersChanged').filter((one) => positionOf(one.log) < positionOf(log));
    const event = before.at(-1)?.log;
    if (event === undefined) {
      throw new PegwayError('the list of signers of that epoch has not been read yet', { code: 'history-incomplete' });
    }
    const address = getAddress(event.address);
    return { set: signersIn({ ...event, address }, chains[side].address, 'signerSet'), event };
  };

  const proveList = (side: Side, event: RpcLog): Promise<LogProof> => {
    const key = `${side} ${event.blockHash} ${event.logIndex}`;
    const known = lists.get(key);
    if (known !== undefined) return known;
    const proof = proveEvent(chains[side], chains[side].address, BigInt(event.blockNumber), (log) =>
      isSame(log, event),
    );
    const list = proof.then((proven) => proven.proof);
    lists.set(key, list);
    list.catch(() => lists.delete(key));
    return list;
  };

  /** The block in which a released transfer was parked: the last one before its release. */
  const parkingBlock = (side: Side, { transfer }: EndedItem, release: RpcLog): bigint => {
    const { lane, nonce } = transfer;
    const topics: Hex[] = [padHex(lane.productToken, { size: 32 }), numberToHex(nonce, { size: 32 })];
    const lowerCase = topics.map((topic) => topic.toLowerCase() as Hex);
    const found = events.named(side, 'TransferParked', ...lowerCase);
    const parked = found.findLast(({ log }) => positionOf(log) < positionOf(release));
    if (parked !== undefined) return BigInt(parked.log.blockNumber);
    throw new PegwayError('the block in which it was parked has not been read yet', { code: 'history-incomplete' });
  };

  return async (item) => {
    const { transfer, executedBlock } = item;
    const { lane, nonce } = transfer;
    const [from, to] = [sourceOf(lane.direction), destinationOf(lane.direction)];
    const isOf = (event: { readonly productToken: Address; readonly nonce: bigint }): boolean =>
      isAddressEqual(event.productToken, lane.productToken) && event.nonce === nonce;

    const departure = await prove(
      from,
      transfer.blockNumber,
      (event) => event.kind === 'departed' && isOf({ ...event.transfer.lane, nonce: event.transfer.nonce }),
    );
    const execution = await prove(to, executedBlock, (event) =>
      event.kind === 'executed'
        ? covers(event, lane.productToken, nonce)
        : (event.kind === 'released' || event.kind === 'bounced') && isOf(event),
    );
    const end = decodeBridgeLog(to, execution.log);
    const outcome = end.kind === 'bounced' || end.kind === 'released' ? end.kind : 'executed';
    const parking =
      outcome === 'released'
        ? await prove(to, parkingBlock(to, item, execution.log), (event) => event.kind === 'parked' && isOf(event))
        : undefined;

    const attested = parking ?? execution;
    const { set, event: listed } = listAt(to, attested.log);
    const sources = { pair, nodes: chains[to].nodes, events, set };
    const transaction = attested.log.transactionHash;
    const event = batchOf(lane.direction, attested, (one) =>
      outcome === 'released' ? reaches(one, lane.productToken, nonce) : covers(one, lane.productToken, nonce),
    );
    const statement =
      event === undefined || outcome === 'bounced'
        ? await bounceStatement(transfer, transaction, sources)
        : await batchStatement(transfer, { event, transaction }, sources);
    return {
      ...{ outcome, pair, transfer, departure: departure.proof, statement, execution: execution.proof },
      signerSet: {
        ...{ threshold: Number(set.threshold), signers: set.signers },
        event: await proveList(to, listed),
      },
      ...(parking === undefined ? {} : { parking: parking.proof }),
    };
  };
}

type Executed = Extract<BridgeEvent, { readonly kind: 'executed' }>;

const batchOf = (
  direction: Direction,
  { logs }: ProvenEvent,
  isWanted: (event: Executed) => boolean,
): Executed | undefined =>
  logs
    .map((log) => decodeBridgeLog(destinationOf(direction), log))
    .find((event): event is Executed => event.kind === 'executed' && isWanted(event));

/** True for a batch that may hold a nonce. */
const reaches = ({ productToken, firstNonce }: Executed, token: Address, nonce: bigint): boolean =>
  isAddressEqual(productToken, token) && nonce >= firstNonce && nonce < firstNonce + 256n;

/** True for a batch that paid a nonce. */
const covers = (event: Executed, token: Address, nonce: bigint): boolean =>
  reaches(event, token, nonce) && ((event.mask >> (nonce - event.firstNonce)) & 1n) === 1n;
