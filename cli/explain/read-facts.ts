import { type Address, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import {
  type BridgeState,
  type Parked,
  approvalsOf,
  failedAt,
  outboundNonce,
  parkedAt,
  view,
} from '../../relayer/chain/bridge-contract.ts';
import type { BridgeEvent } from '../../relayer/chain/events.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { Head, Tip } from '../../relayer/chain/finality.ts';
import { findTransfers } from '../../relayer/chain/locate-transfers.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { createTimes } from '../../relayer/chain/block-timestamps.ts';
import { stateBatch } from '../../relayer/state/statement.ts';
import { MAXIMUM_BATCH, indicesOf } from '../../protocol/attestation.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import {
  type Side,
  type Status,
  type Transfer,
  destinationOf,
  laneKey,
  sourceOf,
  statuses,
} from '../../protocol/lane.ts';
import type { StatusView, TransferView } from '../../protocol/api-types.ts';
import { type Told, ask, askAll } from '../inspect/ask-relayers.ts';
import { type Named, eventsOf } from './parse-query.ts';

/** One signer's relayer on this transfer. */
export interface Witness {
  readonly url: string;
  /** Undefined when the relayer does not respond. */
  readonly address: Address | undefined;
  readonly status: Told<StatusView>;
  readonly transfer: Told<TransferView>;
}

/** The event that executed, released or bounced it. */
export interface Arrival {
  readonly transaction: string;
  readonly block: bigint;
  readonly at: bigint | undefined;
  /** Indices; undefined without signatures (a release). */
  readonly signers: readonly number[] | undefined;
}

/**
 * One transfer's state at one moment, from chains and relayers. Departure and arrival come from the chains alone:
 * relayers only hint at the block.
 */
export interface Facts extends Named {
  readonly source: { readonly final: Head; readonly latest: Tip; readonly emitted: bigint };
  readonly destination: {
    readonly final: Head;
    readonly latest: Tip;
    readonly state: BridgeState;
    /** At the newest and at the finalized block. */
    readonly status: Status;
    readonly finalStatus: Status;
    /** The bridge's record of it while it is parked. */
    readonly parked: Parked | undefined;
    /** When its token first refused; 0 without a refusal. */
    readonly failedAt: bigint;
    /** Indices of the signers that have an approval of its source block stored on chain. */
    readonly approvals: readonly number[];
  };
  readonly departure: (Transfer & { readonly at: bigint | undefined }) | undefined;
  readonly arrival: Arrival | undefined;
  readonly witnesses: readonly Witness[];
}

export interface FactSources {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly states: Readonly<Record<Side, BridgeState>>;
  readonly relayers: readonly string[];
  /** Facts already known from a transaction. */
  readonly events: readonly BridgeEvent[];
}

/** Queries both chains and all relayers concurrently. */
export async function readFacts({ lane, nonce }: Named, context: FactSources): Promise<Facts> {
  const { chains, states, relayers } = context;
  const [sourceSide, destinationSide] = [sourceOf(lane.direction), destinationOf(lane.direction)];
  const [source, destination] = [chains[sourceSide], chains[destinationSide]];
  const path = `/v1/transfers/${lane.direction}/${lane.productToken}/${nonce}`;

  const [sourceHeads, destinationHeads, emitted, status, parked, failed, witnesses] = await Promise.all([
    headsOf(source),
    headsOf(destination),
    outboundNonce(source, lane.productToken, 'latest'),
    statusAt(destination, { lane, nonce }, 'latest'),
    parkedAt(destination, lane.productToken, nonce, 'latest'),
    lane.direction === 'withdraw' ? failedAt(destination, lane.productToken, nonce, 'latest') : 0n,
    askAll(relayers, (url, signal) => witness(url, path, signal), hasAnswered),
  ]);
  const known = witnesses.flatMap(({ transfer }) => ('value' in transfer ? [transfer.value] : []));
  const departedIn = blockIn(known.map(({ blockNumber }) => blockNumber));
  const executedIn = blockIn(known.map(({ executedBlock }) => executedBlock));
  const [finalStatus, sourceEvents, destinationEvents] = await Promise.all([
    statusAt(destination, { lane, nonce }, destinationHeads.final.number),
    emitted <= nonce ? [] : eventsIn(source, departedIn ?? newest(source, sourceHeads)),
    status === 'open' ? [] : eventsIn(destination, executedIn ?? newest(destination, destinationHeads)),
  ]);

  const transfer =
    departureOf({ lane, nonce }, [...context.events, ...sourceEvents]) ??
    (await onChain(source, { lane, nonce }, sourceHeads.final));
  const arrival = arrivalOf({ lane, nonce }, [...context.events, ...destinationEvents]);
  const timeOf = (side: ChainClient, block: bigint | undefined) =>
    block === undefined ? undefined : createTimes(side.nodes)(block).catch(() => undefined);
  const [departedAt, arrivedAt] = await Promise.all([
    timeOf(source, transfer?.blockNumber),
    timeOf(destination, arrival?.block),
  ]);
  return {
    lane,
    nonce,
    source: { ...sourceHeads, emitted },
    destination: {
      ...destinationHeads,
      state: states[destinationSide],
      status,
      finalStatus,
      parked,
      failedAt: failed,
      approvals:
        transfer === undefined || status !== 'open' ? [] : await keptApprovals(context, transfer, sourceHeads.final),
    },
    departure: transfer === undefined ? undefined : { ...transfer, at: departedAt },
    arrival: arrival === undefined ? undefined : { ...arrival, at: arrivedAt },
    witnesses,
  };
}

const headsOf = async (side: ChainClient): Promise<{ final: Head; latest: Tip }> => {
  const [final, latest] = await Promise.all([side.finalHead(), side.latestHead()]);
  return { final, latest };
};

async function statusAt(
  { nodes, address }: ChainClient,
  { lane, nonce }: Named,
  at: bigint | 'latest',
): Promise<Status> {
  const args = [lane.productToken, nonce] as const;
  const index = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'status', args, at });
  return statuses[index] ?? 'open';
}

async function witness(url: string, path: string, until: AbortSignal): Promise<Witness> {
  const [status, transfer] = await Promise.all([
    ask<StatusView>(url, '/v1/status', until),
    ask<TransferView>(url, path, until),
  ]);
  return { url: status.url, address: 'value' in status ? status.value.address : undefined, status, transfer };
}

const hasAnswered = ({ status, transfer }: Witness): boolean => !('error' in status) && !('error' in transfer);

interface Blocks {
  readonly fromBlock: bigint;
  readonly toBlock: bigint;
}

/** The block hinted at by a relayer. */
function blockIn(named: readonly (string | undefined)[]): Blocks | undefined {
  const block = named.find((one) => one !== undefined);
  return block === undefined ? undefined : { fromBlock: BigInt(block), toBlock: BigInt(block) };
}

/**
 * All blocks that are not finalized yet, and as many before them as one query may span: relayers process a block only
 * after it is finalized.
 */
function newest({ source }: ChainClient, { latest, final }: { final: Head; latest: Tip }): Blocks {
  const span = latest.number - BigInt(source.logRange);
  const last = span < final.number ? span : final.number;
  return { fromBlock: last < 0n ? 0n : last + 1n, toBlock: latest.number };
}

/** From a single node, within its range limit. */
async function eventsIn({ side, nodes, address, source }: ChainClient, { fromBlock, toBlock }: Blocks) {
  const range = { from: fromBlock, to: toBlock };
  const logs = await nodes.oneOf('eth_getLogs', (request, endpoint) =>
    source.proofs.readLogs(request, endpoint, range, [address], ({ from, to }) => ({
      ...{ address, fromBlock: numberToHex(from), toBlock: numberToHex(to) },
    })),
  );
  return eventsOf(side, address, logs);
}

function departureOf({ lane, nonce }: Named, events: readonly BridgeEvent[]): Transfer | undefined {
  for (const event of events) {
    if (event.kind !== 'departed') continue;
    const { transfer } = event;
    if (laneKey(transfer.lane) === laneKey(lane) && transfer.nonce === nonce) return transfer;
  }
  return undefined;
}

/** By the bridge's own links, when no relayer has a hint. */
async function onChain(source: ChainClient, { lane, nonce }: Named, final: Head): Promise<Transfer | undefined> {
  const end = await outboundNonce(source, lane.productToken, final.number);
  if (nonce >= end) return undefined;
  return (await findTransfers(source, source.source, lane, [nonce], end, final.number))[0];
}

/** The fallback's batch is the lane's transfers of one source block, so the chain alone determines its digest. */
async function keptApprovals({ chains, states }: FactSources, transfer: Transfer, final: Head): Promise<number[]> {
  if (transfer.blockNumber > final.number) return [];
  const { direction } = transfer.lane;
  const [source, destination] = [chains[sourceOf(direction)], chains[destinationOf(direction)]];
  const range = numberToHex(transfer.blockNumber);
  const logs = await source.nodes.one<readonly RpcLog[]>('eth_getLogs', [
    { address: source.address, fromBlock: range, toBlock: range },
  ]);
  const block = eventsOf(source.side, source.address, logs).flatMap((event) =>
    event.kind === 'departed' && laneKey(event.transfer.lane) === laneKey(transfer.lane) ? [event.transfer] : [],
  );
  const place = block.findIndex(({ nonce }) => nonce === transfer.nonce);
  if (place < 0) return [];
  const start = place - (place % MAXIMUM_BATCH);
  const domainOf = ({ chainId, address }: ChainClient) => ({ chainId, bridge: address });
  const pair = { main: domainOf(chains.main), product: domainOf(chains.product) };
  const { signerEpoch } = states[destinationOf(direction)];
  const { digest } = stateBatch(pair, signerEpoch, block.slice(start, start + MAXIMUM_BATCH));
  return indicesOf(await approvalsOf(destination, digest));
}

function arrivalOf({ lane, nonce }: Named, events: readonly BridgeEvent[]): Omit<Arrival, 'at'> | undefined {
  for (const event of events) {
    if (event.side !== destinationOf(lane.direction) || !('productToken' in event)) continue;
    if (event.productToken !== lane.productToken) continue;
    const executed = event.kind === 'executed' && maskedNonces(event.firstNonce, event.mask).includes(nonce);
    const ended = (event.kind === 'released' || event.kind === 'bounced') && event.nonce === nonce;
    if (!executed && !ended) continue;
    return {
      transaction: event.transactionHash,
      block: event.blockNumber,
      signers: event.kind === 'executed' ? indicesOf(event.signerMask) : undefined,
    };
  }
  return undefined;
}
