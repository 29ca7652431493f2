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
  /** Seconds since the epoch, as the chain says. */
  readonly timestamp: bigint;
}

/** One side of the bridge, but for its pegs. */
export interface SideView {
  readonly head: Block;
  readonly final: Block;
  readonly pausedUntil: bigint;
  readonly signers: readonly Address[];
  readonly threshold: number;
  /** How long what is over a limit waits at this side. */
  readonly parkDelay: number;
}

/** A peg as both bridges and both tokens tell it. */
export interface PegView {
  readonly productToken: Address;
  /** Main base units locked. */
  readonly locked: bigint;
  /** Product base units in being. */
  readonly supply: bigint;
  readonly tokens: Readonly<Record<Side, Token>>;
  /** With the fee that each side takes of departures. */
  readonly sides: Readonly<Record<Side, Peg & FeeInfo>>;
  /** The nonce of the next transfer that departs from each side. */
  readonly next: Readonly<Record<Side, bigint>>;
}

export interface Overview {
  readonly sides: Readonly<Record<Side, SideView>>;
  readonly pegs: readonly PegView[];
}

/** A chain's node did not answer. */
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

/** What both bridges say now. When a node is out of reach the last answer stays, and `error` is set. */
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
  // A peg is opened on the product side first: until both sides know it, there is nothing to do with it.
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
