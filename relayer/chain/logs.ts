import { type Address, type Hash, hexToBigInt, isAddressEqual, numberToHex } from 'viem';

import type { ChainConfig } from '../config.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { limit } from '../async/limit.ts';
import type { Side } from '../../protocol/lane.ts';
import { type BridgeEvent, decodeBridgeLog } from './events.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { headerAt } from './finality.ts';
import { DisagreementError, type Nodes, readable } from './rpc-quorum.ts';
import type { RpcHeader } from '../../protocol/proof/header.ts';
import { proveLogs } from '../../protocol/proof/prove-block.ts';
import type { RpcReceipt } from '../../protocol/proof/receipts.ts';

/** Both ends included. */
export interface BlockRange {
  readonly from: bigint;
  readonly to: bigint;
  /** The hash of the last block, where it is agreed already. */
  readonly toHash?: Hash;
}

/** Where a bridge's events come from, and what they must be proven by. */
export interface LogSource extends Pick<ChainConfig, 'logRange' | 'proof' | 'headerRule'> {
  readonly nodes: Nodes;
  readonly bridge: Address;
  /** Of blocks that were proven or are being proven, by hash: lanes recover from the same blocks, and what failed again. */
  readonly proven: Map<Hash, Promise<readonly BridgeEvent[]>>;
  /** Proves when it is this block's turn: all that reads a chain together holds the receipts of few blocks at once. */
  readonly inTurn: <T>(prove: () => Promise<T>) => Promise<T>;
}

/** Blocks of one chain whose receipts are held at once: those of a full one are some MB. */
const PROVEN_AT_ONCE = 2;

export const openLogSource = (options: Omit<LogSource, 'proven' | 'inTurn'>): LogSource => ({
  ...options,
  proven: new BoundedMap(REMEMBERED),
  inTurn: limit(PROVEN_AT_ONCE),
});

/**
 * The bridge's events of final blocks, in order. SECURITY: nothing of another address counts, and nothing that is not proven
 * as the operator chose. What no node returns is noticed by the gap in the nonces, not here.
 */
export async function provenEvents(source: LogSource, range: BlockRange): Promise<BridgeEvent[]> {
  const prove = source.proof === 'receipts' ? byReceipts : byWitnesses;
  const events: BridgeEvent[] = [];
  for (let from = range.from; from <= range.to; from += BigInt(source.logRange)) {
    const end = from + BigInt(source.logRange) - 1n;
    const part = end < range.to ? { from, to: end } : { ...range, from };
    for (const event of await prove(source, part)) events.push(event);
  }
  return events;
}

const filterOf = ({ bridge }: LogSource, { from, to }: BlockRange) => ({
  address: bridge,
  fromBlock: numberToHex(from),
  toBlock: numberToHex(to),
});

/** Compared between witnesses: whose, where, in which block, whether it still stands, and every byte. */
const identity = (logs: readonly RpcLog[]): string =>
  logs
    .map(({ address, blockNumber, blockHash, logIndex, topics, data, removed }) =>
      [address.toLowerCase(), BigInt(blockNumber), blockHash, logIndex, ...topics, data, removed === true].join(),
    )
    .join('|');

/** `rpcQuorum` nodes return the same logs of the same block hashes. */
const byWitnesses = async (source: LogSource, range: BlockRange): Promise<readonly BridgeEvent[]> =>
  decoded(
    source,
    range,
    await source.nodes.agree<readonly RpcLog[]>('eth_getLogs', [filterOf(source, range)], identity),
  );

/** Blocks whose events are remembered: a full one holds 500, and so a quarter of a megabyte. */
const REMEMBERED = 64;

/**
 * What any node calls a log of the bridge only says which blocks to look at; each is then proven from its hash, which
 * `rpcQuorum` nodes name. Blocks that no node names cost nothing.
 */
async function byReceipts(source: LogSource, range: BlockRange): Promise<readonly BridgeEvent[]> {
  const answers = await source.nodes.all<readonly RpcLog[]>('eth_getLogs', [filterOf(source, range)]);
  const hints = readable(answers, (logs) => logs.map(({ blockNumber }) => BigInt(blockNumber)));
  if (hints.length === 0) {
    const failed = answers.find((answer) => 'error' in answer);
    if (failed !== undefined) throw failed.error;
    throw new DisagreementError(source.nodes.name, 'eth_getLogs', 0, 0, 1);
  }

  const numbers = [...new Set(hints.flat())].filter((number) => number >= range.from && number <= range.to);
  numbers.sort((a, b) => (a < b ? -1 : 1));
  const events: BridgeEvent[] = [];
  for (let at = 0; at < numbers.length; at += PROVEN_AT_ONCE) {
    const part = numbers.slice(at, at + PROVEN_AT_ONCE);
    const blocks = await Promise.all(
      part.map((number) => proveBlock(source, number, number === range.to ? range.toHash : undefined)),
    );
    for (const block of blocks) events.push(...block);
  }
  return events;
}

async function proveBlock(source: LogSource, number: bigint, agreed?: Hash): Promise<readonly BridgeEvent[]> {
  const { proven } = source;
  const hash = agreed ?? (await headerAt(source.nodes, number)).hash;
  const known = proven.get(hash);
  if (known !== undefined) return known;
  const proving = source.inTurn(() => proveHash(source, number, hash));
  proven.set(hash, proving);
  proving.catch(() => proven.delete(hash));
  return proving;
}

async function proveHash(source: LogSource, number: bigint, expectedHash: Hash): Promise<readonly BridgeEvent[]> {
  const { nodes, bridge, headerRule } = source;
  let last: unknown;
  // One honest node is enough: a proof holds whoever brings it, and one that fails is the next node's chance.
  for (const endpoint of nodes.endpoints) {
    try {
      const [header, receipts] = await Promise.all([
        endpoint.request<RpcHeader | null>('eth_getBlockByHash', [expectedHash, false]),
        endpoint.request<readonly RpcReceipt[] | null>('eth_getBlockReceipts', [expectedHash]),
      ]);
      if (header === null || receipts === null) {
        throw new PegwayError(`${endpoint.name} does not have block ${expectedHash}`, { code: 'rpc-unreachable' });
      }
      const logs = proveLogs({ expectedHash, number, header, receipts, rule: headerRule, address: bridge });
      return decoded(source, { from: number, to: number }, logs);
    } catch (error) {
      last = error;
    }
  }
  throw last;
}

function decoded({ nodes, bridge }: LogSource, range: BlockRange, logs: readonly RpcLog[]): BridgeEvent[] {
  return logs.map((log) => {
    requireOurs(nodes.name, log, bridge, range);
    return decodeBridgeLog(nodes.name, log);
  });
}

function requireOurs(side: Side, log: RpcLog, bridge: Address, { from, to }: BlockRange): void {
  const number = hexToBigInt(log.blockNumber);
  if (isAddressEqual(log.address, bridge) && log.removed !== true && number >= from && number <= to) return;
  throw new PegwayError(
    `${side} chain: asked for logs of ${bridge} in blocks ${from} to ${to}, got one of ${log.address} in block ${number}`,
    { code: 'proof-invalid', hint: 'a node answers another question than it was asked; replace it' },
  );
}
