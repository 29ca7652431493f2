import { useQuery } from '@tanstack/react-query';
import { type Address, type PublicClient, erc20Abi } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { type Side } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import { type FeeInfo, isCoin } from '../../sdk/index.ts';
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
  return useQuery({
    queryKey: ['overview'],
    queryFn: () => readOverview(machine),
    refetchInterval: machine.config.pollSeconds * 1_000,
  });
}

export async function readOverview(machine: Machine): Promise<Overview> {
  const { readers, config } = machine;
  const [main, product, productTokens] = await Promise.all([
    askedOf('main', readSide(readers.main, config.chains.main.bridge)),
    askedOf('product', readSide(readers.product, config.chains.product.bridge)),
    askedOf(
      'product',
      readers.product.readContract({
        ...{ address: config.chains.product.bridge, abi: productBridgeAbi, functionName: 'pegs' },
      }),
    ),
  ]);
  // Pegs are opened on the product side first: skip a peg until both sides have it.
  const pegs = await Promise.all(productTokens.map((token) => readPeg(machine, token).catch(ifUnknown)));
  return { sides: { main, product }, pegs: pegs.filter((peg) => peg !== undefined) };
}

function ifUnknown(error: unknown): undefined {
  if (error instanceof Error && error.message.includes('UnknownPeg')) return undefined;
  throw error;
}

const blockOf = ({ number, timestamp }: Block): Block => ({ number, timestamp });

async function readSide(reader: PublicClient, address: Address): Promise<SideView> {
  const bridge = { address, abi: mainBridgeAbi } as const;
  const [head, final, pausedUntil, signers, threshold, { parkDelay }] = await Promise.all([
    reader.getBlock({ blockTag: 'latest' }),
    reader.getBlock({ blockTag: 'finalized' }),
    reader.readContract({ ...bridge, functionName: 'pausedUntil' }),
    reader.readContract({ ...bridge, functionName: 'signers' }),
    reader.readContract({ ...bridge, functionName: 'threshold' }),
    reader.readContract({ ...bridge, functionName: 'delays' }),
  ]);
  return {
    head: blockOf(head),
    final: blockOf(final),
    pausedUntil,
    signers,
    threshold: Number(threshold),
    parkDelay,
  };
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
    ? { address: main.mainToken, name: symbol, symbol, decimals }
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
