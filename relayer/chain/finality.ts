import { type Hex, hexToBigInt, numberToHex } from 'viem';

import type { ChainConfig } from '../config.ts';
import { DisagreementError, type Nodes } from './nodes.ts';

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
  /** In seconds, as the chain says. */
  readonly timestamp: bigint;
  /** In wei; null on chains without it. */
  readonly baseFeePerGas: bigint | null;
  readonly gasLimit: bigint;
  readonly logsBloom: Hex;
}

const toHead = (header: RpcHeader): Head => ({
  number: hexToBigInt(header.number),
  hash: header.hash,
  timestamp: hexToBigInt(header.timestamp),
  baseFeePerGas: header.baseFeePerGas === undefined ? null : hexToBigInt(header.baseFeePerGas),
  gasLimit: hexToBigInt(header.gasLimit),
  logsBloom: header.logsBloom,
});

/**
 * What nodes must agree on. The hash alone would do, were it computed here: a node may name the true hash and tell another
 * bloom, by which a block seems to hold nothing of the bridge, or another time.
 */
const identity = ({ hash, logsBloom, timestamp }: Pick<Head | RpcHeader, 'hash' | 'logsBloom' | 'timestamp'>): string =>
  `${hash} ${BigInt(timestamp)} ${logsBloom}`;

/** The header at a height, agreed by the quorum. */
export async function headerAt(nodes: Nodes, number: bigint): Promise<Head> {
  const header = await nodes.agree<RpcHeader | null>('eth_getBlockByNumber', [numberToHex(number), false], (value) =>
    value === null ? 'none' : identity(value),
  );
  if (header === null) throw new DisagreementError(nodes.name, `block ${number}`, 0, 0, nodes.quorum);
  return toHead(header);
}

/** The newest head that any node knows: for fees and waiting, never for safety. */
export async function latestHead(nodes: Nodes): Promise<Head> {
  const answers = await nodes.all<RpcHeader>('eth_getBlockByNumber', ['latest', false]);
  const heads = answers.flatMap((answer) => ('result' in answer ? [toHead(answer.result)] : []));
  const newest = heads.sort((a, b) => Number(b.number - a.number))[0];
  if (newest === undefined) {
    const failed = answers.find((answer) => 'error' in answer);
    throw new DisagreementError(nodes.name, 'latest block', 0, 0, nodes.quorum, failed?.error);
  }
  return newest;
}

/**
 * The final head: the highest block that `quorum` nodes hold final, the same at `quorum` nodes.
 * One request a node when they are level.
 */
export async function finalHead(nodes: Nodes, finality: ChainConfig['finality']): Promise<Head> {
  if (finality !== 'finalized') return depthHead(nodes, BigInt(finality.depth));

  const answers = await nodes.all<RpcHeader | null>('eth_getBlockByNumber', ['finalized', false]);
  const heads = answers.flatMap((a) => ('result' in a && a.result !== null ? [toHead(a.result)] : []));
  const agreed = heads.sort((a, b) => Number(b.number - a.number))[nodes.quorum - 1];
  if (agreed === undefined) {
    const failed = answers.find((answer) => 'error' in answer);
    throw new DisagreementError(nodes.name, 'final block', heads.length, heads.length, nodes.quorum, failed?.error);
  }
  const level = Map.groupBy(
    heads.filter(({ number }) => number === agreed.number),
    identity,
  );
  const [head] = [...level.values()].find((same) => same.length >= nodes.quorum) ?? [];
  return head ?? headerAt(nodes, agreed.number);
}

async function depthHead(nodes: Nodes, depth: bigint): Promise<Head> {
  const answers = await nodes.all<Hex>('eth_blockNumber', []);
  const heights = answers.flatMap((answer) => ('result' in answer ? [hexToBigInt(answer.result)] : []));
  const height = heights.sort((a, b) => Number(b - a))[nodes.quorum - 1];
  if (height === undefined) {
    const failed = answers.find((answer) => 'error' in answer);
    throw new DisagreementError(nodes.name, 'block number', heights.length, 0, nodes.quorum, failed?.error);
  }
  return headerAt(nodes, height > depth ? height - depth : 0n);
}
