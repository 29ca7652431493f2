import { type Hex, numberToHex } from 'viem';

import type { ChainConfig } from '../config.ts';
import { DisagreementError, type Nodes, asHex, tooFew } from './rpc-quorum.ts';

/** As nodes give it; only what is read here. */
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
  /** In seconds, as the chain says. */
  readonly timestamp: bigint;
  /** In wei; null on chains without it. */
  readonly baseFeePerGas: bigint | null;
  readonly gasLimit: bigint;
  readonly logsBloom: Hex;
}

/** The chain's tip, as far as fees and waiting need it. */
export type Tip = Pick<Head, 'number' | 'timestamp' | 'baseFeePerGas' | 'gasLimit'>;

/** @throws {TypeError} for what is no header. */
const toHead = (header: RpcHeader): Head => ({
  number: BigInt(header.number),
  hash: asHex(header.hash),
  parentHash: asHex(header.parentHash),
  timestamp: BigInt(header.timestamp),
  // Nodes leave it out, or say null, before London.
  baseFeePerGas: (header.baseFeePerGas ?? null) === null ? null : BigInt(header.baseFeePerGas ?? 0),
  gasLimit: BigInt(header.gasLimit),
  logsBloom: asHex(header.logsBloom),
});

/**
 * What nodes must agree on. The hash alone would do, were it computed here: a node may name the true hash and tell another
 * bloom, by which a block seems to hold nothing of the bridge, another time, or another parent, which looks like a reversal.
 */
const identity = ({ hash, parentHash, logsBloom, timestamp }: Head): string =>
  `${hash} ${parentHash} ${timestamp} ${logsBloom}`;

/** The header at a height, agreed by the quorum. */
export async function headerAt(nodes: Nodes, number: bigint): Promise<Head> {
  const header = await nodes.agree<RpcHeader | null>('eth_getBlockByNumber', [numberToHex(number), false], (value) =>
    value === null ? 'none' : identity(toHead(value)),
  );
  if (header === null) throw new DisagreementError(nodes.name, `block ${number}`, 0, 0, nodes.quorum);
  return toHead(header);
}

const descending = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0);

/** In milliseconds: how long nodes that may be ahead are waited for once the quorum has answered. */
const GRACE_MS = 100;
/** The same where the quorum has nothing new: a node that lags must not hide the block that a distant one has. */
const LONG_GRACE_MS = 500;

/**
 * Asks each node for numbers, and resolves once none of them, each the `quorum`-th highest, can rise by an answer that is
 * worth waiting for.
 * @param last The height that was read before.
 */
function readHeights<R>(
  nodes: Nodes,
  [method, params]: readonly [string, readonly unknown[]],
  what: {
    readonly name: string;
    /** @throws where an answer cannot be read. */
    readonly parse: (answer: unknown) => R;
    /** The height first. */
    readonly numbersOf: (parsed: R) => readonly bigint[];
  },
  last = -1n,
): Promise<readonly R[]> {
  const { quorum } = nodes;
  return nodes.read<R, readonly R[]>({
    ...{ method, need: quorum, graces: [GRACE_MS, LONG_GRACE_MS] },
    attempt: async (request) => what.parse(await request<unknown>(method, params)),
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
      throw tooFew(nodes.name, what.name, quorum, answers);
    },
  });
}

const transposed = (rows: readonly (readonly bigint[])[]): readonly (readonly bigint[])[] =>
  (rows[0] ?? []).map((_, column) => rows.flatMap((row) => row[column] ?? []));

/** The `place`-th highest, from 1. */
const nth = (values: readonly bigint[], place: number): bigint | undefined => values.toSorted(descending)[place - 1];

/**
 * The tip: for fees and waiting, never for safety. Each number is the highest that `quorum` nodes reach, so that fewer of them
 * neither raise it nor, where an honest quorum is left, lower it.
 */
export async function latestHead(nodes: Nodes, last?: bigint): Promise<Tip> {
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
    throw tooFew(nodes.name, 'latest block', nodes.quorum, [], heads.length);
  }
  const baseFeePerGas = reached(heads.flatMap((head) => head.baseFeePerGas ?? [])) ?? null;
  return { number, timestamp, gasLimit, baseFeePerGas };
}

/**
 * The final head: the highest block that `quorum` nodes hold final, the same at `quorum` nodes.
 * One request a node when they are level.
 * @param last The height of the final head that was read before.
 */
export async function finalHead(nodes: Nodes, finality: ChainConfig['finality'], last?: bigint): Promise<Head> {
  if (finality !== 'finalized') return depthHead(nodes, BigInt(finality.depth), last);

  const request = ['eth_getBlockByNumber', ['finalized', false]] as const;
  const heads = await readHeights<Head>(
    nodes,
    request,
    {
      ...{ name: 'final block', parse: (header) => toHead(header as RpcHeader) },
      numbersOf: ({ number }) => [number],
    },
    last,
  );
  const number = nth(
    heads.map((head) => head.number),
    nodes.quorum,
  );
  if (number === undefined) throw tooFew(nodes.name, 'final block', nodes.quorum, [], heads.length);
  const level = Map.groupBy(
    heads.filter((head) => head.number === number),
    identity,
  );
  const [head] = [...level.values()].find((same) => same.length >= nodes.quorum) ?? [];
  return head ?? headerAt(nodes, number);
}

async function depthHead(nodes: Nodes, depth: bigint, last: bigint | undefined): Promise<Head> {
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
  if (height === undefined) throw tooFew(nodes.name, 'block number', nodes.quorum, [], heights.length);
  return headerAt(nodes, height > depth ? height - depth : 0n);
}
