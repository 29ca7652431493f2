import { useQuery, useQueryClient } from '@tanstack/react-query';
import {
  AbiDecodingDataSizeTooSmallError,
  type Address,
  BaseError,
  BlockNotFoundError,
  ContractFunctionZeroDataError,
  type PublicClient,
  RpcRequestError,
  erc20Abi,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { type Side } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { type FeeInfo, isCoin, isRefused, refusalOf } from '../../sdk/index.ts';
import type { RelayerStatus } from '../api/answers.ts';
import { type Machine, useMachine } from '../context.ts';
import { type Token, readToken } from './token-calls.ts';

export interface Block {
  readonly number: bigint;
  /** In seconds since the epoch, by the chain's clock. */
  readonly timestamp: bigint;
}

/** One side of the bridge, except for its pegs. */
export interface SideView {
  readonly head: Block;
  readonly final: Block;
  /** Where `final` is from: the chain's tag, the depth that relayers use, or, without either, the newest block. */
  readonly finality: 'tag' | 'depth' | 'newest';
  readonly pausedUntil: bigint;
  readonly signers: readonly Address[];
  readonly threshold: number;
  /** Delay of a transfer over the limit at this side. */
  readonly parkDelay: number;
}

/** A peg as read from both bridges and both tokens. */
export interface PegView {
  readonly productToken: Address;
  /** Amount locked, in main base units. */
  readonly locked: bigint;
  /** Total supply, in product base units. */
  readonly supply: bigint;
  readonly tokens: Readonly<Record<Side, Token>>;
  /** Includes each side's fee on departures. */
  readonly sides: Readonly<Record<Side, Peg & FeeInfo>>;
  /** Next departure nonce of each side. */
  readonly next: Readonly<Record<Side, bigint>>;
}

export interface Overview {
  readonly sides: Readonly<Record<Side, SideView>>;
  readonly pegs: readonly PegView[];
  /** Product tokens of pegs that are left out: a token of theirs refuses what every token answers. */
  readonly odd: readonly Address[];
}

/** A chain's node did not respond. */
export class ChainSilent extends Error {
  override readonly name = 'ChainSilent';
  readonly side: Side;

  constructor(side: Side, cause: unknown) {
    super(`the node of the ${side} chain does not answer`, { cause });
    this.side = side;
  }
}

const askedOf = <T>(side: Side, asking: Promise<T>): Promise<T> =>
  asking.catch((cause: unknown) => {
    throw new ChainSilent(side, cause);
  });

/** Current state of both bridges. While a node is unreachable the last result stays, and `error` is set. */
export function useOverview() {
  const machine = useMachine();
  const queries = useQueryClient();
  return useQuery({
    queryKey: ['overview'],
    queryFn: () => {
      const statuses = queries.getQueriesData<{ readonly status: RelayerStatus }>({ queryKey: ['signer'] });
      return readOverview(machine, depthsOf(statuses.flatMap(([, answer]) => answer?.status ?? [])));
    },
    refetchInterval: machine.config.pollSeconds * 1_000,
    // The next poll is the retry: an error shows at once.
    retry: false,
  });
}

type Depths = Readonly<Record<Side, number | undefined>>;

/**
 * The depth that most relayers use on each chain, the greatest of several. SECURITY: relayers are not trusted; it decides only
 * what this page calls final.
 */
export function depthsOf(statuses: readonly Pick<RelayerStatus, 'depth'>[]): Depths {
  const of = (side: Side) => {
    const counts = new Map<number | undefined, number>();
    for (const { depth } of statuses) counts.set(depth[side], (counts.get(depth[side]) ?? 0) + 1);
    return [...counts].toSorted(([a = -1, m], [b = -1, n]) => n - m || b - a)[0]?.[0];
  };
  return { main: of('main'), product: of('product') };
}

export async function readOverview(machine: Machine, depths: Depths): Promise<Overview> {
  const { readers, config } = machine;
  const [main, product, productTokens] = await Promise.all([
    askedOf('main', readSide(readers.main, config.chains.main.bridge, depths.main)),
    askedOf('product', readSide(readers.product, config.chains.product.bridge, depths.product)),
    askedOf(
      'product',
      readers.product.readContract({
        ...{ address: config.chains.product.bridge, abi: productBridgeAbi, functionName: 'pegs' },
      }),
    ),
  ]);
  const pegs = await Promise.all(productTokens.map((token) => readPeg(machine, token).catch(ifLeftOut)));
  return {
    sides: { main, product },
    pegs: pegs.filter((peg) => typeof peg === 'object'),
    odd: productTokens.filter((_, place) => pegs[place] === 'odd'),
  };
}

/** A peg to leave out, so that it takes no other one down. @throws when a node did not answer. */
function ifLeftOut(error: unknown): 'unopened' | 'odd' {
  // Pegs are opened on the product side first: skip a peg until both sides have it.
  if (refusalOf(error)?.error === 'UnknownPeg') return 'unopened';
  const isMalformed = (cause: unknown) =>
    cause instanceof ContractFunctionZeroDataError || cause instanceof AbiDecodingDataSizeTooSmallError;
  if (isRefused(error) || (error instanceof BaseError && error.walk(isMalformed) !== null)) return 'odd';
  throw error;
}

const blockOf = ({ number, timestamp }: Block): Block => ({ number, timestamp });

async function readSide(reader: PublicClient, address: Address, depth: number | undefined): Promise<SideView> {
  const bridge = { address, abi: mainBridgeAbi } as const;
  const [head, tagged, pausedUntil, signers, threshold, { parkDelay }] = await Promise.all([
    reader.getBlock({ blockTag: 'latest' }),
    depth === undefined ? readFinalized(reader) : undefined,
    reader.readContract({ ...bridge, functionName: 'pausedUntil' }),
    reader.readContract({ ...bridge, functionName: 'signers' }),
    reader.readContract({ ...bridge, functionName: 'threshold' }),
    reader.readContract({ ...bridge, functionName: 'delays' }),
  ]);
  const deep = depth === undefined ? undefined : await readAtDepth(reader, head, depth);
  const final = tagged ?? deep ?? head;
  return {
    head: blockOf(head),
    final: blockOf(final),
    finality: deep !== undefined ? 'depth' : tagged !== undefined ? 'tag' : 'newest',
    pausedUntil,
    signers,
    threshold: Number(threshold),
    parkDelay,
  };
}

const readAtDepth = (reader: PublicClient, { number }: Block, depth: number): Promise<Block> =>
  reader.getBlock({ blockNumber: number > BigInt(depth) ? number - BigInt(depth) : 0n });

/** Answers of nodes without the tag `finalized`: Besu's "unknown block", and invalid parameters. */
const NO_TAG_CODES = [-39_001, -32_602];

/** The newest final block by the chain's own tag; undefined on a chain without it, or before its first one. */
async function readFinalized(reader: PublicClient): Promise<Block | undefined> {
  try {
    return await reader.getBlock({ blockTag: 'finalized' });
  } catch (error) {
    if (error instanceof BlockNotFoundError) return undefined;
    const answer = error instanceof BaseError ? error.walk((cause) => cause instanceof RpcRequestError) : null;
    if (answer instanceof RpcRequestError) {
      if (NO_TAG_CODES.includes(answer.code) || /block not found|unknown block/i.test(answer.details)) return undefined;
    }
    throw error;
  }
}

async function readPeg({ config, readers }: Machine, productToken: Address): Promise<PegView> {
  const { chains } = config;
  const mainBridge = { address: chains.main.bridge, abi: mainBridgeAbi, args: [productToken] } as const;
  const productBridge = { address: chains.product.bridge, abi: productBridgeAbi, args: [productToken] } as const;
  const [main, product, locked, nextMint, nextWithdraw, supply, productInfo] = await Promise.all([
    readers.main.readContract({ ...mainBridge, functionName: 'peg' }),
    readers.product.readContract({ ...productBridge, functionName: 'peg' }),
    readers.main.readContract({ ...mainBridge, functionName: 'locked' }),
    readers.main.readContract({ ...mainBridge, functionName: 'outboundNonce' }),
    readers.product.readContract({ ...productBridge, functionName: 'outboundNonce' }),
    readers.product.readContract({ address: productToken, abi: erc20Abi, functionName: 'totalSupply' }),
    readToken(chains.product.chainId, readers.product, productToken),
  ]);
  const { symbol, decimals } = chains.main.coin;
  const mainInfo = isCoin(main.mainToken)
    ? { address: main.mainToken, name: symbol, symbol, decimals, missing: [] }
    : await readToken(chains.main.chainId, readers.main, main.mainToken);
  return {
    productToken,
    locked,
    supply,
    tokens: { main: mainInfo, product: productInfo },
    sides: { main, product },
    next: { main: nextMint, product: nextWithdraw },
  };
}
