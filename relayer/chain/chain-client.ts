import { type Address, type Hex, erc20Abi, hexToNumber, isAddressEqual, numberToHex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { mainBridgeAbi } from '../../protocol/abi.ts';
import { COIN } from '../../protocol/peg.ts';
import { type BridgeAt, view } from './bridge-contract.ts';
import type { BridgeEvent } from './events.ts';
import type { Head, Tip } from './finality.ts';
import type { LogSource } from './logs.ts';
import { asHex, readable } from './rpc-quorum.ts';
import { isRefusal } from './revert.ts';

/** One of the two chains, with its bridge. Disposed, its nodes' connections are closed. */
export interface ChainSide extends BridgeAt, AsyncDisposable {
  readonly chainId: number;
  readonly source: LogSource;
  finalHead(): Promise<Head>;
  /** At a height, agreed by the quorum. */
  headerAt(number: bigint): Promise<Head>;
  latestHead(): Promise<Tip>;
  /** The bridge's proven events from a block up to a final head. */
  events(from: bigint, to: Head): Promise<BridgeEvent[]>;
}

const wrong = (message: string, hint: string) => new PegwayError(message, { exitCode: 2, hint });

/** A tip this much older than now is of a node that catches up, in seconds. */
const BEHIND_SECONDS = 3_600n;

/**
 * Whether nodes may not know of a contract yet: one of them says that it syncs, or stands where the chain was long ago (a node
 * that has just begun says neither), or only some have the contract's code.
 */
async function isBehind({ nodes, address }: ChainSide): Promise<boolean> {
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

const behind = ({ side, address }: ChainSide) =>
  new PegwayError(`${side}.bridge: the nodes know of no contract at ${address} yet: they are behind`, {
    code: 'stale-head',
    hint: 'wait until the nodes have caught up',
  });

/**
 * That the nodes are of the configured chain, and something is at the bridge's address.
 * @throws {PegwayError} exit code 2, before anything is signed, when the nodes say that it is not so; 1 as long as they cannot
 * tell: too few answer, with errors, or they are behind.
 */
export async function checkChain(side: ChainSide): Promise<void> {
  for (const answer of await side.nodes.most<Hex>('eth_chainId', [])) {
    const [chainId] = readable([answer], hexToNumber);
    if (chainId === undefined || chainId === side.chainId) continue;
    throw wrong(
      `${side.side}.chainId: expected ${side.chainId}, but node ${answer.endpoint} says ${chainId}`,
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
 * That a bridge names the other one.
 * @throws {PegwayError} exit code 2, before anything is signed, when it is no bridge or names another; 1 as long as the nodes
 * cannot tell.
 */
export async function checkPair(side: ChainSide, other: ChainSide): Promise<void> {
  const call = { address: side.address, abi: mainBridgeAbi, agreed: true } as const;
  const [chainId, bridge] = await Promise.all([
    view(side.nodes, { ...call, functionName: 'remoteChainId' }),
    view(side.nodes, { ...call, functionName: 'remoteBridge' }),
  ]).catch(async (cause: unknown) => {
    // What is no answer of the contract is a matter of the nodes, which may be well in a moment.
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

export const lockedAt = (main: BridgeAt, productToken: Address, at: bigint): Promise<bigint> =>
  view(main.nodes, {
    address: main.address,
    abi: mainBridgeAbi,
    functionName: 'locked',
    args: [productToken],
    at,
    agreed: true,
  });

export const supplyAt = (product: BridgeAt, productToken: Address, at: bigint): Promise<bigint> =>
  view(product.nodes, { address: productToken, abi: erc20Abi, functionName: 'totalSupply', at, agreed: true });

/** The bridge's balance of a main token, or of the coin. */
export async function balanceAt({ nodes, address }: BridgeAt, mainToken: Address, at: bigint): Promise<bigint> {
  if (mainToken === COIN) {
    return BigInt(await nodes.agree<Hex>('eth_getBalance', [address, numberToHex(at)], asHex));
  }
  return view(nodes, {
    ...{ address: mainToken, abi: erc20Abi, functionName: 'balanceOf', args: [address] },
    ...{ at, agreed: true },
  });
}
