import { type Hex, numberToHex } from 'viem';

import type { ChainConfig } from '../config.ts';
import { type Answer, DisagreementError, type Nodes, asHex, readable } from './rpc-quorum.ts';

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

const tooFew = (nodes: Nodes, what: string, answered: number, answers: readonly Answer<unknown>[]) =>
  new DisagreementError(
    ...[nodes.name, what, answered, answered, nodes.quorum, answers.find((answer) => 'error' in answer)?.error],
  );

/**
 * The tip: for fees and waiting, never for safety. Each number is the highest that `quorum` nodes reach, so that fewer of them
 * neither raise it nor, where an honest quorum is left, lower it.
 */
export async function latestHead(nodes: Nodes): Promise<Tip> {
  const answers = await nodes.all<RpcHeader>('eth_getBlockByNumber', ['latest', false]);
  const heads = readable(answers, toHead);
  const reached = (values: readonly bigint[]): bigint | undefined => values.toSorted(descending)[nodes.quorum - 1];

  const number = reached(heads.map((head) => head.number));
  const timestamp = reached(heads.map((head) => head.timestamp));
  const gasLimit = reached(heads.map((head) => head.gasLimit));
  if (number === undefined || timestamp === undefined || gasLimit === undefined) {
    throw tooFew(nodes, 'latest block', heads.length, answers);
  }
  const baseFeePerGas = reached(heads.flatMap((head) => head.baseFeePerGas ?? [])) ?? null;
  return { number, timestamp, gasLimit, baseFeePerGas };
}

/**
 * The final head: the highest block that `quorum` nodes hold final, the same at `quorum` nodes.
 * One request a node when they are level.
 */
export async function finalHead(nodes: Nodes, finality: ChainConfig['finality']): Promise<Head> {
  if (finality !== 'finalized') return depthHead(nodes, BigInt(finality.depth));

  const answers = await nodes.all<RpcHeader>('eth_getBlockByNumber', ['finalized', false]);
  const heads = readable(answers, toHead);
  const agreed = heads.sort((a, b) => descending(a.number, b.number))[nodes.quorum - 1];
  if (agreed === undefined) throw tooFew(nodes, 'final block', heads.length, answers);
  const level = Map.groupBy(
    heads.filter(({ number }) => number === agreed.number),
    identity,
  );
  const [head] = [...level.values()].find((same) => same.length >= nodes.quorum) ?? [];
  return head ?? headerAt(nodes, agreed.number);
}

async function depthHead(nodes: Nodes, depth: bigint): Promise<Head> {
  const answers = await nodes.all<Hex>('eth_blockNumber', []);
  const heights = readable(answers, BigInt);
  const height = heights.sort(descending)[nodes.quorum - 1];
  if (height === undefined) throw tooFew(nodes, 'block number', heights.length, answers);
  return headerAt(nodes, height > depth ? height - depth : 0n);
}
