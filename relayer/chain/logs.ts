import { type Address, type Hash, hexToBigInt } from 'viem';

import type { ChainConfig } from '../config.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { limit } from '../async/limit.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Satellite } from '../../protocol/events.ts';
import { type BridgeEvent, decodeBridgeLog, decodeSatelliteLog } from './events.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { headerAt } from './finality.ts';
import {
  type BlockRange,
  type LogQuery,
  type SharedHints,
  type Topics,
  blocksOf,
  createSharedHints,
  filterOf,
  logsAt,
  readHints,
} from './log-hints.ts';
import { type ReadLogs, createLogReader } from './log-reader.ts';
import type { Request } from './quorum-read.ts';
import { isMethodMissing } from './revert.ts';
import type { Satellites } from './satellites.ts';
import type { RpcQuorum } from './rpc-quorum.ts';
import type { HeaderRule, RpcHeader } from '../../protocol/proof/header.ts';
import { requireList } from '../../protocol/proof/hex.ts';
import { createBlockProver } from '../../protocol/proof/prove-block.ts';
import type { ReceiptReader } from '../../protocol/proof/receipt-reader.ts';
import { createReceiptStream } from '../../protocol/proof/receipt-stream.ts';
import type { RpcReceipt } from '../../protocol/proof/receipts.ts';

/** Source of one bridge's events, and the method that proves them. */
export interface LogSource extends Pick<ChainConfig, 'logRange' | 'proof'> {
  readonly nodes: RpcQuorum;
  readonly side: Side;
  readonly bridge: Address;
  /** Contracts with events that are read with the bridge's. */
  readonly satellites: ReadonlyMap<Address, Satellite>;
  readonly proofs: BlockProofs;
  /** Events of proven blocks, by hash: lanes recover from the same blocks, and a failed range is retried. */
  readonly proven: Map<Hash, Promise<readonly BridgeEvent[]>>;
}

/** Number of blocks with cached events: a full block holds 500, about a quarter of a megabyte. */
const REMEMBERED = 64;

export type LogSourceOptions = Omit<LogSource, 'proven' | 'satellites'> & { readonly satellites?: Satellites };

export function openLogSource({ satellites: named = {}, ...options }: LogSourceOptions): LogSource {
  const satellites = new Map(Object.entries(named).map(([name, address]) => [address, name as Satellite]));
  const source = { ...options, satellites, proven: new BoundedMap<Hash, Promise<readonly BridgeEvent[]>>(REMEMBERED) };
  options.proofs.contracts.set(options.bridge, contractsOf(source));
  return source;
}

/** The bridge, then its satellites. */
export const contractsOf = ({ bridge, satellites }: Pick<LogSource, 'bridge' | 'satellites'>): readonly Address[] => [
  bridge,
  ...satellites.keys(),
];

/** Proofs of one chain's blocks: each block is fetched and proven once for all bridges on that chain. */
export interface BlockProofs {
  /** Contracts with logs proven together, by the bridge for which they are read. */
  readonly contracts: Map<Address, readonly Address[]>;
  readonly rule: HeaderRule;
  /** Reads unproven logs, within the limits of each node. */
  readonly readLogs: ReadLogs;
  readonly hints: SharedHints;
  /** Runs one at a time, so that proofs for others take a bounded share of nodes and memory. */
  readonly apart: <T>(work: () => Promise<T>) => Promise<T>;
  /** At least all logs of `own`, which must be among `contracts`, in the block with this hash; as one node returns them if the quorum is 1. */
  logs(number: bigint, hash: Hash, own: readonly Address[]): Promise<readonly RpcLog[]>;
}

/** Concurrent proofs per chain: the receipts of a full block take some MB. */
const PROVEN_AT_ONCE = 2;
/** Proven blocks cached for the other bridges of a chain. */
const SHARED = 16;

export function createBlockProofs(nodes: RpcQuorum, rule: HeaderRule): BlockProofs {
  const contracts: BlockProofs['contracts'] = new Map();
  const inTurn = limit(PROVEN_AT_ONCE);
  const shared = new BoundedMap<Hash, { readonly of: readonly Address[]; readonly logs: Promise<readonly RpcLog[]> }>(
    SHARED,
  );
  return {
    contracts,
    rule,
    readLogs: createLogReader(),
    hints: createSharedHints(),
    apart: limit(1),
    logs(number, hash, own) {
      const known = shared.get(hash);
      // A bridge may have been added since.
      if (known !== undefined && own.every((one) => known.of.includes(one))) return known.logs;
      const asked = allContracts(contracts);
      const logs =
        nodes.quorum === 1
          ? logsOfOneNode(nodes, asked, hash)
          : inTurn(() => proveHash(nodes, rule, asked, number, hash));
      // A single bridge caches its decoded events itself, so only several bridges share proofs.
      if (contracts.size > 1) {
        shared.set(hash, { of: asked, logs });
        logs.catch(() => shared.delete(hash));
      }
      return logs;
    },
  };
}

/** Each once: two bridges may name the same one. */
const allContracts = (contracts: BlockProofs['contracts']): readonly Address[] => [
  ...new Set([...contracts.values()].flat()),
];

/**
 * The events of a bridge and its satellites in finalized blocks, in order. SECURITY: accepts only logs of their addresses, proven as
 * the operator configured. Logs of the bridge that every node omits show up as a nonce gap, which the caller detects.
 */
export async function provenEvents(
  source: LogSource,
  range: BlockRange,
  onLateHint?: OnLateHint,
): Promise<BridgeEvent[]> {
  const prove = source.proof === 'receipts' ? byReceipts : byWitnesses;
  const events: BridgeEvent[] = [];
  for (let from = range.from; from <= range.to; from += BigInt(source.logRange)) {
    const end = from + BigInt(source.logRange) - 1n;
    const part = end < range.to ? { from, to: end } : { ...range, from };
    for (const event of await prove(source, part, onLateHint)) events.push(event);
  }
  return events;
}

/** Receives a block of the range, not proven yet, in which a node reports logs of the bridge. */
type OnLateHint = (number: bigint) => void;

const queryOf = (
  { nodes, proofs }: LogSource,
  range: BlockRange,
  contracts: readonly Address[],
  topics?: Topics,
): LogQuery => ({ nodes, readLogs: proofs.readLogs, contracts, range, topics });

/** Compared between witnesses: address, position, block, removal flag, and every byte. */
const identity = (logs: readonly RpcLog[]): string =>
  logs
    .map(({ address, blockNumber, blockHash, logIndex, topics, data, removed }) =>
      [address.toLowerCase(), BigInt(blockNumber), blockHash, logIndex, ...topics, data, removed === true].join(),
    )
    .join('|');

/** SECURITY: some nodes add a timestamp, which nothing proves and no other node was compared with. */
const withoutTime = ({ blockTimestamp: _, ...log }: RpcLog): RpcLog => log;

/** Requires `rpcQuorum` nodes to return the same logs of the same block hashes. */
const byWitnesses = async (source: LogSource, range: BlockRange): Promise<readonly BridgeEvent[]> =>
  decoded(source, range, (await agreedLogs(queryOf(source, range, contractsOf(source)))).map(withoutTime));

const agreedLogs = (query: LogQuery): Promise<readonly RpcLog[]> =>
  query.nodes.agree('eth_getLogs', [filterOf(query)], identity, logsAt(query));

/** The bridge's logs of a range on which `rpcQuorum` nodes agree. */
export const witnessedLogs = (source: LogSource, range: BlockRange, topics: Topics): Promise<readonly RpcLog[]> =>
  agreedLogs(queryOf(source, range, [source.bridge], topics));

/**
 * Treats logs returned by a node as hints to blocks; each block is then proven from its hash, on which `rpcQuorum`
 * nodes agree. Blocks without a hint cost nothing.
 */
async function byReceipts(
  source: LogSource,
  range: BlockRange,
  onLateHint?: OnLateHint,
): Promise<readonly BridgeEvent[]> {
  const { proofs } = source;
  const query = queryOf(source, range, contractsOf(source));
  // With the newest blocks come those of all bridges: each of them is about to read the same range.
  const numbers =
    onLateHint === undefined
      ? blocksOf(await readHints(query), query.contracts)
      : await proofs.hints.blocks({ ...query, contracts: allContracts(proofs.contracts) }, query.contracts, onLateHint);
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

/** The blocks of a range in which a node reports such logs of the bridge, ascending; unproven. */
export const hintedBlocks = async (source: LogSource, range: BlockRange, topics: Topics): Promise<readonly bigint[]> =>
  blocksOf(await readHints(queryOf(source, range, [source.bridge], topics)), [source.bridge]);

/** The events of one block, proven. @param agreed The block's hash, if already agreed. */
export async function proveBlock(source: LogSource, number: bigint, agreed?: Hash): Promise<readonly BridgeEvent[]> {
  const { nodes, proofs, proven } = source;
  const contracts = contractsOf(source);
  const hash = agreed ?? (await headerAt(nodes, number)).hash;
  const known = proven.get(hash);
  if (known !== undefined) return known;
  const events = proofs.logs(number, hash, contracts).then((logs) => {
    const ours = new Set(contracts.map((one) => one.toLowerCase()));
    return decoded(
      source,
      { from: number, to: number },
      logs.filter(({ address }) => ours.has(address.toLowerCase())),
    );
  });
  proven.set(hash, events);
  events.catch(() => proven.delete(hash));
  return events;
}

/** The header and receipts of one block at one node, verified against its hash. Receipts are read as a stream. */
export async function provenReceipts<H extends RpcHeader>(
  request: Request,
  endpoint: string,
  block: Parameters<typeof createBlockProver>[0],
  /** The header from the block, which `eth_getBlockByHash` returns with full transactions if this is given. */
  headerOf?: (block: H) => RpcHeader,
): Promise<{ readonly header: H; readonly logs: readonly RpcLog[]; readonly placeOf: ReceiptReader['placeOf'] }> {
  const { expectedHash } = block;
  const prover = createBlockProver(block);
  const stream = createReceiptStream(
    (log) => prover.log(log),
    (receipt) => prover.receipt(receipt),
  );
  const [header, receipts] = await Promise.all([
    request<H | null>('eth_getBlockByHash', [expectedHash, headerOf !== undefined]),
    request<readonly RpcReceipt[] | null>('eth_getBlockReceipts', [expectedHash], stream),
  ]);
  if (header === null || receipts === null) {
    throw new PegwayError(`${endpoint} does not have block ${expectedHash}`, { code: 'rpc-unreachable' });
  }
  requireList(receipts, 'receipts');
  // Those that the stream did not cut out.
  for (const receipt of receipts) prover.receipt(receipt);
  return { header, logs: prover.finish(headerOf?.(header) ?? header), placeOf: prover.placeOf };
}

/**
 * One honest node is enough: a proof holds whichever node supplied it, and a failed one is retried at the next node.
 */
const proveHash = (
  nodes: RpcQuorum,
  rule: HeaderRule,
  address: readonly Address[],
  number: bigint,
  expectedHash: Hash,
): Promise<readonly RpcLog[]> =>
  nodes
    .oneOf(
      'eth_getBlockReceipts',
      async (request, endpoint) =>
        (await provenReceipts(request, endpoint, { expectedHash, number, rule, address })).logs,
      { isPatient: true },
    )
    .catch((error: unknown) => {
      if (!isMethodMissing(error)) throw error;
      throw new PegwayError(messageOf(error), {
        ...{ code: 'rpc-unreachable', cause: error },
        hint: 'add a node that serves eth_getBlockReceipts, or set proof to "witnesses" with nodes of several operators',
      });
    });

/** With a quorum of 1 the hash is one node's claim: receipts would prove nothing against it. */
const logsOfOneNode = (nodes: RpcQuorum, address: readonly Address[], blockHash: Hash): Promise<readonly RpcLog[]> =>
  nodes.oneOf('eth_getLogs', async (request, endpoint) => {
    const logs = await request<readonly RpcLog[] | null>('eth_getLogs', [{ blockHash, address }]);
    // Clients differ on a block that they do not have.
    if (logs?.every((log) => log.blockHash === blockHash) === true) return logs.map(withoutTime);
    throw new PegwayError(`${endpoint} does not have block ${blockHash}`, { code: 'rpc-unreachable' });
  });

/** SECURITY: addresses are compared in lower case, as nodes may write them in either. */
function decoded(source: LogSource, range: BlockRange, logs: readonly RpcLog[]): BridgeEvent[] {
  const bridge = source.bridge.toLowerCase();
  const satellites = new Map([...source.satellites].map(([address, name]) => [address.toLowerCase(), name]));
  return logs.flatMap((log) => {
    const address = log.address.toLowerCase();
    const satellite = satellites.get(address);
    requireOurs(source, log, range, address === bridge || satellite !== undefined);
    if (address === bridge) return decodeBridgeLog(source.side, log);
    return (satellite && decodeSatelliteLog(satellite, log)) ?? [];
  });
}

function requireOurs(source: LogSource, log: RpcLog, { from, to }: BlockRange, isOurs: boolean): void {
  const number = hexToBigInt(log.blockNumber);
  if (isOurs && log.removed !== true && number >= from && number <= to) return;
  throw new PegwayError(
    `${source.nodes.name} chain: asked for logs of ${contractsOf(source).join(' and ')} in blocks ${from} to ${to}, got one of ${log.address} in block ${number}`,
    { code: 'proof-invalid', hint: 'a node answers another question than it was asked; replace it' },
  );
}
