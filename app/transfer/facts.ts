import { type Address, type Hex, erc20Abi } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import {
  type FoundArrival,
  type TransferName,
  arrivalIn,
  attestationDigest,
  departuresOfBlock,
  encodeTransfers,
  findArrival,
  findDeparture,
  status as readStatus,
} from '../../sdk/index.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import { type Status, type Transfer, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { findJourney } from '../sent-transfers.ts';
import type { Machine } from '../context.ts';

/** One transfer's state on the chains. */
export interface TransferFacts {
  readonly transfer: Transfer;
  /** Timestamp of its source block, in seconds. */
  readonly departedAt: bigint;
  readonly status: Status;
  /** Signers with a signature stored at the destination, and those that counted. */
  readonly signerMask: number;
  readonly arrival: FoundArrival | undefined;
  /** Before and after the block of arrival; undefined if the node has pruned that block. */
  readonly balance: { readonly before: bigint; readonly after: bigint } | undefined;
  /** First second in which it can be released; parked transfers only. */
  readonly releasableAt: bigint | undefined;
  /** First refusal by the main token, and the time from which it may bounce; open withdrawals only. */
  readonly refused: { readonly at: bigint; readonly bounceFrom: bigint } | undefined;
}

/** Facts that are immutable once found. */
export interface TransferMemory {
  transfer?: Transfer | undefined;
  departedAt?: bigint;
  arrival?: FoundArrival | undefined;
  balance?: { readonly before: bigint; readonly after: bigint } | undefined;
}

/** SECURITY: untrusted hints to its blocks, read first and always verified. */
export interface Hints {
  readonly block: bigint | undefined;
  readonly executedTransaction: Hex | undefined;
}

/** How far back to search for an arrival without a hint, in `eth_getLogs` requests. */
const LOOK_BACK_REQUESTS = 25n;

/** @returns undefined when the source bridge has no such transfer. */
export async function readFacts(
  machine: Machine,
  name: TransferName,
  memory: TransferMemory,
  hints: Hints,
): Promise<TransferFacts | undefined> {
  const { config, readers } = machine;
  const source = sourceOf(name.direction);
  const sourceBridge = { bridge: config.chains[source].bridge, reader: readers[source] };
  memory.transfer ??= await findDeparture(sourceBridge, name, {
    hints: [findJourney(name)?.block, hints.block].filter((block) => block !== undefined),
    range: config.chains[source].logRange,
  });
  const { transfer } = memory;
  if (transfer === undefined) return undefined;
  memory.departedAt ??= (await readers[source].getBlock({ blockNumber: transfer.blockNumber })).timestamp;

  const destination = destinationOf(name.direction);
  const target = { bridge: config.chains[destination].bridge, reader: readers[destination] };
  const status = await readStatus(target, name);
  const common = { transfer, departedAt: memory.departedAt, status };
  const nothing = {
    signerMask: 0,
    arrival: undefined,
    balance: undefined,
    releasableAt: undefined,
    refused: undefined,
  };

  if (status === 'open') {
    const [signerMask, refused] = await Promise.all([
      readApprovals(machine, transfer),
      name.direction === 'withdraw' ? readRefusal(machine, name) : undefined,
    ]);
    return { ...common, ...nothing, signerMask, refused };
  }
  if (status === 'parked') {
    const item = await target.reader.readContract({
      ...{ address: target.bridge, abi: mainBridgeAbi, functionName: 'parked' },
      args: [name.productToken, name.nonce],
    });
    return { ...common, ...nothing, releasableAt: BigInt(item.releasableAt) };
  }
  memory.arrival ??= await seekArrival(machine, name, hints);
  if (memory.arrival !== undefined && status === 'executed') {
    memory.balance ??= await readBalances(machine, transfer, memory.arrival.blockNumber).catch(() => undefined);
  }
  const { arrival, balance } = memory;
  return { ...common, ...nothing, arrival, balance, signerMask: arrival?.signerMask ?? 0 };
}

async function seekArrival(machine: Machine, name: TransferName, hints: Hints): Promise<FoundArrival | undefined> {
  const destination = destinationOf(name.direction);
  const { bridge, logRange } = machine.config.chains[destination];
  const reader = machine.readers[destination];
  if (hints.executedTransaction !== undefined) {
    const receipt = await reader.getTransactionReceipt({ hash: hints.executedTransaction }).catch(() => undefined);
    const logs = receipt?.logs.filter(({ address }) => address.toLowerCase() === bridge.toLowerCase()) ?? [];
    const found = arrivalIn(logs, name.nonce, name.productToken);
    if (found !== undefined) return found;
  }
  const head = await reader.getBlockNumber();
  const furthest = head > logRange * LOOK_BACK_REQUESTS ? head - logRange * LOOK_BACK_REQUESTS : 0n;
  const fromBlock = findJourney(name)?.destinationBlock ?? furthest;
  return findArrival({ bridge, reader }, name, { fromBlock, range: logRange });
}

/** Single signatures, stored on chain for the relayers' fallback batch, which covers one source block. */
async function readApprovals({ config, readers }: Machine, transfer: Transfer): Promise<number> {
  const { direction, productToken } = transfer.lane;
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const target = { address: config.chains[destination].bridge, abi: mainBridgeAbi } as const;
  const lane = await departuresOfBlock(
    { bridge: config.chains[source].bridge, reader: readers[source] },
    transfer.lane,
    transfer.blockNumber,
  );
  const place = lane.findIndex(({ nonce }) => nonce === transfer.nonce);
  const start = place - (place % MAXIMUM_BATCH);
  const batch = lane.slice(start, start + MAXIMUM_BATCH);
  const firstNonce = batch[0]?.nonce ?? transfer.nonce;
  const signerEpoch = await readers[destination].readContract({ ...target, functionName: 'signerEpoch' });
  const sourceBlock = batch.at(-1)?.blockHash ?? transfer.blockHash;
  const digest = attestationDigest({
    destination: config.chains[destination],
    source: config.chains[source],
    ...{ signerEpoch, productToken, firstNonce, transfers: encodeTransfers(batch), sourceBlock },
  });
  return readers[destination].readContract({ ...target, functionName: 'approvals', args: [digest] });
}

async function readRefusal({ config, readers }: Machine, { productToken, nonce }: TransferName) {
  const target = { address: config.chains.main.bridge, abi: mainBridgeAbi } as const;
  const [at, { bounceDelay }] = await Promise.all([
    readers.main.readContract({ ...target, functionName: 'failedAt', args: [productToken, nonce] }),
    readers.main.readContract({ ...target, functionName: 'delays' }),
  ]);
  return at === 0n ? undefined : { at, bounceFrom: at + BigInt(bounceDelay) };
}

async function readBalances({ config, readers }: Machine, { lane, recipient }: Transfer, block: bigint) {
  const destination = destinationOf(lane.direction);
  const address = lane.direction === 'mint' ? lane.productToken : await mainTokenOf(config.chains.main.bridge);
  const at = (blockNumber: bigint) =>
    readers[destination].readContract({
      ...{ address, abi: erc20Abi, functionName: 'balanceOf', args: [recipient], blockNumber },
    });
  const [before, after] = await Promise.all([at(block - 1n), at(block)]);
  return { before, after };

  async function mainTokenOf(bridge: Address): Promise<Address> {
    const call = { address: bridge, abi: mainBridgeAbi, functionName: 'peg', args: [lane.productToken] } as const;
    return (await readers.main.readContract(call)).mainToken;
  }
}
