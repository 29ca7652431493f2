import { type Hex, numberToHex } from 'viem';

import type { ChainConfig } from '../config.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { Answer } from './quorum-read.ts';
import { RpcError, UnreachableError, isRateLimit } from './rpc-errors.ts';
import { type RpcQuorum, asHex, readable, tooFew } from './rpc-quorum.ts';

/** A header in a node's encoding, reduced to the fields read here. */
export interface RpcHeader {
  readonly number: Hex;
  readonly hash: Hex;
  readonly parentHash: Hex;
  readonly timestamp: Hex;
  readonly baseFeePerGas?: Hex;
  readonly gasLimit: Hex;
  readonly logsBloom: Hex;
}

export interface Head {
  readonly number: bigint;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** In seconds, by the chain's clock. */
  readonly timestamp: bigint;
  /** In wei; null on chains without a base fee. */
  readonly baseFeePerGas: bigint | null;
  readonly gasLimit: bigint;
  readonly logsBloom: Hex;
  /** Names of the nodes that agreed on it. */
  readonly nodes?: readonly string[];
}

/** The chain's tip, reduced to what fees and waiting need. */
export type Tip = Pick<Head, 'number' | 'timestamp' | 'baseFeePerGas' | 'gasLimit'>;

/** @throws {TypeError} for a malformed header. */
const toHead = (header: RpcHeader): Head => ({
  number: BigInt(header.number),
  hash: asHex(header.hash),
  parentHash: asHex(header.parentHash),
  timestamp: BigInt(header.timestamp),
  // Absent or null before London.
  baseFeePerGas: (header.baseFeePerGas ?? null) === null ? null : BigInt(header.baseFeePerGas ?? 0),
  gasLimit: BigInt(header.gasLimit),
  logsBloom: asHex(header.logsBloom),
});

/**
 * The fields on which nodes must agree. The hash is not recomputed here, so it is not enough: a node may report the
 * true hash with a different bloom, which would hide the bridge's events; a different timestamp; or a different parent,
 * which would look like a reorg.
 */
const identity = ({ hash, parentHash, logsBloom, timestamp }: Head): string =>
  `${hash} ${parentHash} ${timestamp} ${logsBloom}`;

/** Nodes that lack a block answer with `null`: no number of these outvotes a node that has it. */
function presentBlock(value: unknown, endpoint: string, what: string): RpcHeader {
  if (value !== null && value !== undefined) return value as RpcHeader;
  throw new PegwayError(`${endpoint} has no ${what}`, { code: 'rpc-unreachable' });
}

/** The header at a height, agreed by the quorum. */
export async function headerAt(nodes: RpcQuorum, number: bigint): Promise<Head> {
  const params = [numberToHex(number), false] as const;
  const keyOf = (value: RpcHeader): string => identity(toHead(value));
  const names = new Map<string, string[]>();
  const header = await nodes.agree<RpcHeader>('eth_getBlockByNumber', params, keyOf, async (request, endpoint) => {
    const value = presentBlock(await request('eth_getBlockByNumber', params), endpoint, `block ${number}`);
    for (const key of readable([{ endpoint, result: value }], keyOf))
      names.set(key, [...(names.get(key) ?? []), endpoint]);
    return value;
  });
  return { ...toHead(header), nodes: names.get(keyOf(header)) ?? [] };
}

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);

/** In milliseconds: wait for nodes that may be ahead, once the quorum has responded. */
const GRACE_MS = 100;
/** The same while the quorum has no new block: a lagging node must not hide the block of a distant one. */
const LONG_GRACE_MS = 500;

/**
 * Asks each node for heights. Takes the `quorum`-th highest of each, and resolves once no pending response could raise
 * one within the grace period.
 * @param last The height read before.
 */
function readHeights<R>(
  nodes: RpcQuorum,
  [method, params]: readonly [string, readonly unknown[]],
  what: {
    readonly name: string;
    /** @throws when a response is malformed. */
    readonly parse: (answer: unknown, endpoint: string) => R;
    /** The height comes first. */
    readonly numbersOf: (parsed: R) => readonly bigint[];
    /** The next step for the operator when too few answer. */
    readonly hintOf?: (answers: readonly Answer<R>[]) => string | undefined;
  },
  last = -1n,
): Promise<readonly R[]> {
  const { quorum } = nodes;
  return nodes.read<R, readonly R[]>({
    ...{ method, need: quorum, graces: [GRACE_MS, LONG_GRACE_MS] },
    attempt: async (request, endpoint) => what.parse(await request<unknown>(method, params), endpoint),
    decide(answers, { outstanding, waited }) {
      const given = answers.flatMap((answer) => ('result' in answer ? [answer.result] : []));
      if (given.length < quorum) return undefined;
      const columns = transposed(given.map(what.numbersOf));
      const isNew = (nth(columns[0] ?? [], quorum) ?? last) > last;
      const isPatient = waited < (isNew ? GRACE_MS : LONG_GRACE_MS);
      const mayRise = (column: readonly bigint[]): boolean =>
        outstanding >= quorum || nth(column, quorum - outstanding) !== nth(column, quorum);
      return isPatient && outstanding > 0 && columns.some(mayRise) ? undefined : { value: given };
    },
    otherwise(answers) {
      throw tooFew(nodes.name, what.name, quorum, answers, { hint: what.hintOf?.(answers) });
    },
  });
}

const transposed = (rows: readonly (readonly bigint[])[]): readonly (readonly bigint[])[] =>
  (rows[0] ?? []).map((_, column) => rows.flatMap((row) => row[column] ?? []));

/** The `place`-th highest, counted from 1. */
const nth = (values: readonly bigint[], place: number): bigint | undefined => values.toSorted(descending)[place - 1];

/**
 * The tip: for fees and waiting, never for safety. Each number is the highest that `quorum` nodes reach. Fewer nodes
 * can neither raise it nor, with an honest quorum left, lower it.
 */
export async function latestHead(nodes: RpcQuorum, last?: bigint): Promise<Tip> {
  const request = ['eth_getBlockByNumber', ['latest', false]] as const;
  const heads = await readHeights<Head>(
    nodes,
    request,
    {
      ...{ name: 'latest block', parse: (header) => toHead(header as RpcHeader) },
      numbersOf: ({ number, timestamp, gasLimit, baseFeePerGas }) =>
        baseFeePerGas === null ? [number, timestamp, gasLimit] : [number, timestamp, gasLimit, baseFeePerGas],
    },
    last,
  );
  const reached = (values: readonly bigint[]): bigint | undefined => nth(values, nodes.quorum);

  const number = reached(heads.map((head) => head.number));
  const timestamp = reached(heads.map((head) => head.timestamp));
  const gasLimit = reached(heads.map((head) => head.gasLimit));
  if (number === undefined || timestamp === undefined || gasLimit === undefined) {
    throw tooFew(nodes.name, 'latest block', nodes.quorum, [], { answered: heads.length });
  }
  const baseFeePerGas = reached(heads.flatMap((head) => head.baseFeePerGas ?? [])) ?? null;
  return { number, timestamp, gasLimit, baseFeePerGas };
}

export const NO_FINALIZED_HINT =
  'if the chain is new or its nodes are syncing, wait; if it has no finalized tag (QBFT, IBFT 2, Clique), set finality to { "depth": N } for it: 0 under QBFT and IBFT 2';

/** True for a node that answered, but not with a block. Clients share no words for an unknown tag. */
const lacksFinalized = (answer: Answer<unknown>): boolean =>
  'error' in answer &&
  !(answer.error instanceof UnreachableError) &&
  !(answer.error instanceof RpcError && isRateLimit(answer.error));

/**
 * The finalized head: the highest block that `quorum` nodes report as finalized, identical at `quorum` nodes. Costs one
 * request per node when they are level.
 * @param last The height of the finalized head read before.
 */
export async function finalHead(nodes: RpcQuorum, finality: ChainConfig['finality'], last?: bigint): Promise<Head> {
  if (finality !== 'finalized') return depthHead(nodes, BigInt(finality.depth), last);

  const request = ['eth_getBlockByNumber', ['finalized', false]] as const;
  const heads = await readHeights<Head>(
    nodes,
    request,
    {
      name: 'final block',
      parse: (header, endpoint) => ({
        ...toHead(presentBlock(header, endpoint, 'finalized block')),
        nodes: [endpoint],
      }),
      numbersOf: ({ number }) => [number],
      hintOf: (answers) => (answers.some(lacksFinalized) ? NO_FINALIZED_HINT : undefined),
    },
    last,
  );
  const number = nth(
    heads.map((head) => head.number),
    nodes.quorum,
  );
  if (number === undefined) throw tooFew(nodes.name, 'final block', nodes.quorum, [], { answered: heads.length });
  const level = Map.groupBy(
    heads.filter((head) => head.number === number),
    identity,
  );
  const agreed = [...level.values()].find((same) => same.length >= nodes.quorum) ?? [];
  const [head] = agreed;
  if (head === undefined) return headerAt(nodes, number);
  return { ...head, nodes: agreed.flatMap((one) => one.nodes ?? []) };
}

async function depthHead(nodes: RpcQuorum, depth: bigint, last: bigint | undefined): Promise<Head> {
  const heights = await readHeights<bigint>(
    nodes,
    ['eth_blockNumber', []],
    {
      ...{ name: 'block number', parse: (height) => BigInt(asHex(height)) },
      numbersOf: (height) => [height],
    },
    last === undefined ? undefined : last + depth,
  );
  const height = nth(heights, nodes.quorum);
  if (height === undefined) throw tooFew(nodes.name, 'block number', nodes.quorum, [], { answered: heights.length });
  return headerAt(nodes, height > depth ? height - depth : 0n);
}
