import { type Address, type Hex, erc20Abi, hexToNumber, isAddressEqual } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { mainBridgeAbi } from '../../protocol/abi.ts';
import { COIN } from '../../protocol/peg.ts';
import { type At, type BridgeAt, blockParameter, view } from './bridge-contract.ts';
import type { BridgeEvent } from './events.ts';
import type { Head, Tip } from './finality.ts';
import type { ReadLinkedHashes } from './linked-hashes.ts';
import type { LogSource } from './logs.ts';
import { asHex, readable } from './rpc-quorum.ts';
import { isRefusal } from './revert.ts';
import type { Satellites } from './satellites.ts';

/**
 * Runs reads for which no transfer waits: old events, rewards, totals. Few run at once, for all bridges of the chain. A
 * hundred bridges that start together would ask their nodes for more than they answer before the requests time out, and
 * then for the same again.
 */
export type Background = <T>(work: () => Promise<T>) => Promise<T>;

/** One of the two chains, with its bridge. Disposal closes the connections to its nodes. */
export interface ChainClient extends BridgeAt, AsyncDisposable {
  readonly chainId: number;
  readonly source: LogSource;
  finalHead(): Promise<Head>;
  /** The header at a height, agreed by the quorum. */
  headerAt(number: bigint): Promise<Head>;
  readonly linkedHashes: ReadLinkedHashes;
  readonly background: Background;
  latestHead(): Promise<Tip>;
  /** The same bridge, with the events of its satellites. */
  including(satellites: Satellites): ChainClient;
  /** The proven events from a block up to a finalized head. */
  events(from: bigint, to: Head): Promise<BridgeEvent[]>;
}

const wrong = (message: string, hint: string) => new PegwayError(message, { exitCode: 2, hint });

/** In seconds: a node with a tip older than this is still syncing. */
const BEHIND_SECONDS = 3_600n;

/**
 * True if the nodes may not have reached the contract's deployment yet: one reports that it is syncing or has an old
 * tip (a node that has just started reports neither), or only some of them have the contract's code.
 */
async function isBehind({ nodes, address }: ChainClient): Promise<boolean> {
  const [syncing, codes, tips] = await Promise.all([
    nodes.most<unknown>('eth_syncing', []),
    nodes.most<unknown>('eth_getCode', [address, 'latest']),
    nodes.most<{ readonly timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]),
  ]);
  const now = BigInt(Math.floor(Date.now() / 1_000));
  return (
    readable(syncing, (value) => value !== false).includes(true) ||
    new Set(readable(codes, (code) => asHex(code) === '0x')).size > 1 ||
    readable(tips, ({ timestamp }) => BigInt(timestamp)).some((timestamp) => now - timestamp > BEHIND_SECONDS)
  );
}

const behind = ({ side, address }: ChainClient) =>
  new PegwayError(`${side}.bridge: the nodes know of no contract at ${address} yet: they are behind`, {
    code: 'stale-head',
    hint: 'wait until the nodes have caught up',
  });

/**
 * Asserts that the nodes serve the configured chain, and that the bridge's address has code.
 * @throws {PegwayError} exit code 2, before anything is signed, when the nodes contradict the configuration; 1 while
 * the result is unknown: too few responses, errors, or nodes that are still syncing.
 */
export async function checkChain(side: ChainClient): Promise<void> {
  for (const answer of await side.nodes.most<Hex>('eth_chainId', [])) {
    const [chainId] = readable([answer], hexToNumber);
    if (chainId === undefined || chainId === side.chainId) continue;
    throw wrong(
      `${side.side}.chainId: expected ${side.chainId}, but node ${answer.endpoint} returns ${chainId}`,
      `correct ${side.side}.chainId or ${side.side}.rpcUrls`,
    );
  }
  const code = await side.nodes.agree<Hex>('eth_getCode', [side.address, 'latest'], asHex);
  if (code !== '0x') return;
  if (await isBehind(side)) throw behind(side);
  throw wrong(
    `${side.side}.bridge: there is no contract at ${side.address} on chain ${side.chainId}`,
    'correct the address; the deployment record has it',
  );
}

/**
 * Asserts that a bridge names the other one as its counterpart.
 * @throws {PegwayError} exit code 2, before anything is signed, when the contract is not a bridge or names another one;
 * 1 while the nodes give no result.
 */
export async function checkPair(side: ChainClient, other: ChainClient): Promise<void> {
  const call = { address: side.address, abi: mainBridgeAbi, agreed: true } as const;
  const [chainId, bridge] = await Promise.all([
    view(side.nodes, { ...call, functionName: 'remoteChainId' }),
    view(side.nodes, { ...call, functionName: 'remoteBridge' }),
  ]).catch(async (cause: unknown) => {
    // Not a contract error: treat as a transient RPC failure and retry.
    const isEmpty = cause instanceof PegwayError && cause.code === 'not-final';
    if (cause instanceof PegwayError && !isEmpty && !isRefusal(cause)) throw cause;
    if (isEmpty && (await isBehind(side))) throw behind(side);
    throw new PegwayError(`${side.side}.bridge: the contract at ${side.address} is not a bridge of Pegway`, {
      cause,
      exitCode: 2,
      hint: 'correct the address; the deployment record has it',
    });
  });
  if (chainId !== BigInt(other.chainId) || !isAddressEqual(bridge, other.address)) {
    throw wrong(
      `${side.side}.bridge names ${bridge} on chain ${chainId} as the other side, but ${other.side}.bridge is ` +
        `${other.address} on chain ${other.chainId}`,
      'the two bridges must name each other: one of the two addresses is of another pair',
    );
  }
}

export const lockedAt = (main: BridgeAt, productToken: Address, at: At): Promise<bigint> =>
  view(main.nodes, {
    address: main.address,
    abi: mainBridgeAbi,
    functionName: 'locked',
    args: [productToken],
    at,
    agreed: true,
  });

export const supplyAt = (product: BridgeAt, productToken: Address, at: At): Promise<bigint> =>
  view(product.nodes, { address: productToken, abi: erc20Abi, functionName: 'totalSupply', at, agreed: true });

/** The bridge's balance of a main token, or of the coin. */
export async function balanceAt({ nodes, address }: BridgeAt, mainToken: Address, at: At): Promise<bigint> {
  if (mainToken === COIN) {
    return BigInt(await nodes.agree<Hex>('eth_getBalance', [address, blockParameter(at)], asHex));
  }
  return view(nodes, {
    ...{ address: mainToken, abi: erc20Abi, functionName: 'balanceOf', args: [address] },
    ...{ at, agreed: true },
  });
}
