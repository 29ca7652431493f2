import { type Address, type Hex, type PublicClient, getAddress, isAddressEqual, zeroAddress, zeroHash } from 'viem';

import { mainBridgeAbi, productTokenAbi } from '../../protocol/abi.ts';
import type { Side } from '../../protocol/lane.ts';
import { COIN, type Peg } from '../../protocol/peg.ts';
import type { GovernedState } from '../governance/governed-state.ts';
import { printableSymbol } from '../inspect/token-name.ts';
import type { Delays } from '../../relayer/chain/bridge-contract.ts';
import { readTokenText } from '../../sdk/index.ts';
import { hasArbSys } from './arb-sys.ts';
import { linksIn } from './libraries.ts';
import { type Satellites, rewardsBridgeIn } from './runtime-code.ts';

/** On-chain state of a product token. */
export interface TokenReading {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly code: Hex;
}

/** A library referenced by the code of a bridge. */
export interface LibraryReading {
  readonly name: string;
  readonly address: Address;
  /** `0x` for an address without code. */
  readonly code: Hex;
}

/** The contract that receives the fees, on the main chain. */
export interface RewardsReading {
  /** `0x` for an address without code. */
  readonly code: Hex;
  /** The bridge of the quorum that publishes; undefined when the code is not of the local build's size. */
  readonly bridge: Address | undefined;
}

export interface PegReading extends Peg {
  /** Flat part of the fee, in base units of the token that this side accepts. */
  readonly flat: bigint;
  readonly basisPoints: number;
  readonly maximumFlat: bigint;
  readonly departMinimum: bigint;
  /** Of the main token, for display; set on the main side only, where the token has one. */
  readonly mainSymbol: string | undefined;
  /** Set on the product side only; on the main side the address belongs to the other chain. */
  readonly token: TokenReading | undefined;
}

/** State of one bridge at one block. */
export interface BridgeReading {
  readonly side: Side;
  readonly chainId: number;
  readonly address: Address;
  readonly code: Hex;
  readonly remoteChainId: bigint;
  readonly remoteBridge: Address;
  /** `exits` and `gate` are zero on the product side, which has none. */
  readonly satellites: Satellites;
  /** Undefined on the product side, and when the bridge has none. */
  readonly rewards: RewardsReading | undefined;
  /** Empty when the code differs in size from the local build's, so that the addresses cannot be located. */
  readonly libraries: readonly LibraryReading[];
  readonly hasArbSys: boolean;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly delays: Delays;
  readonly pegs: readonly PegReading[];
  readonly governanceNonce: bigint;
  /** The epoch in which the current list of signers began. */
  readonly listEpoch: bigint;
  /** The accepted proposal that is not executed yet. */
  readonly pending: GovernedState['pending'];
  readonly blockNumber: bigint;
  /** Timestamp of that block, in seconds since the epoch. */
  readonly timestamp: bigint;
}

/**
 * Reads a bridge at the head. Undefined when there is no code. @throws viem's errors when the contract is not a bridge.
 */
export async function readBridge(
  reader: PublicClient,
  { side, chainId, address }: Pick<BridgeReading, 'side' | 'chainId' | 'address'>,
): Promise<BridgeReading | undefined> {
  const { number: blockNumber, timestamp } = await reader.getBlock();
  const code = await reader.getCode({ address, blockNumber });
  if (code === undefined) return undefined;
  const bridge = { address, abi: mainBridgeAbi, blockNumber } as const;
  const [remoteChainId, remoteBridge, signers, threshold, delays, tokens, governanceNonce, listEpoch, accepted] =
    await Promise.all([
      reader.readContract({ ...bridge, functionName: 'remoteChainId' }),
      reader.readContract({ ...bridge, functionName: 'remoteBridge' }),
      reader.readContract({ ...bridge, functionName: 'signers' }),
      reader.readContract({ ...bridge, functionName: 'threshold' }),
      reader.readContract({ ...bridge, functionName: 'delays' }),
      reader.readContract({ ...bridge, functionName: 'pegs' }),
      reader.readContract({ ...bridge, functionName: 'governanceNonce' }),
      reader.readContract({ ...bridge, functionName: 'listEpoch' }),
      reader.readContract({ ...bridge, functionName: 'pendingProposal' }),
    ]);
  const pegs = await Promise.all(
    tokens.map(async (token): Promise<PegReading> => {
      const peg = await reader.readContract({ ...bridge, functionName: 'peg', args: [token] });
      return side === 'main'
        ? { ...peg, mainSymbol: await readSymbol(reader, peg.mainToken), token: undefined }
        : { ...peg, mainSymbol: undefined, token: await readToken(reader, token, blockNumber) };
    }),
  );
  const satellite = (functionName: 'rewards' | 'exits' | 'gate') => reader.readContract({ ...bridge, functionName });
  const satellites: Satellites = {
    rewards: await satellite('rewards'),
    exits: side === 'main' ? await satellite('exits') : zeroAddress,
    gate: side === 'main' ? await satellite('gate') : zeroAddress,
  };
  const hasRewards = side === 'main' && satellites.rewards !== zeroAddress;
  const rewards = hasRewards ? await readRewards(reader, satellites.rewards, blockNumber) : undefined;
  const links = linksIn(side === 'main' ? 'MainBridge' : 'ProductBridge', code) ?? {};
  const libraries = await Promise.all(
    Object.entries(links).map(async ([name, library]): Promise<LibraryReading> => {
      return { name, address: library, code: (await reader.getCode({ address: library, blockNumber })) ?? '0x' };
    }),
  );
  const pending = accepted.callsHash === zeroHash ? undefined : accepted;
  return {
    ...{ satellites, rewards, libraries, hasArbSys: await hasArbSys(reader) },
    ...{ side, chainId, address, code, remoteChainId, remoteBridge, pegs, governanceNonce, blockNumber, timestamp },
    ...{
      delays,
      listEpoch,
      pending,
      threshold: Number(threshold),
      signers: signers.map((signer) => getAddress(signer)),
    },
  };
}

/** Undefined for a token without a symbol, which ERC-20 makes optional. */
async function readSymbol(reader: PublicClient, address: Address): Promise<string | undefined> {
  if (isAddressEqual(address, COIN)) return 'COIN';
  const symbol = await readTokenText(reader, address, 'symbol').catch(() => undefined);
  return symbol && printableSymbol(symbol);
}

async function readRewards(reader: PublicClient, address: Address, blockNumber: bigint): Promise<RewardsReading> {
  const code = await reader.getCode({ address, blockNumber });
  return code === undefined ? { code: '0x', bridge: undefined } : { code, bridge: rewardsBridgeIn(code) };
}

async function readToken(reader: PublicClient, address: Address, blockNumber: bigint): Promise<TokenReading> {
  const token = { address, abi: productTokenAbi, blockNumber } as const;
  const [name, symbol, decimals, code] = await Promise.all([
    reader.readContract({ ...token, functionName: 'name' }),
    reader.readContract({ ...token, functionName: 'symbol' }),
    reader.readContract({ ...token, functionName: 'decimals' }),
    reader.getCode({ address, blockNumber }),
  ]);
  return { name, symbol, decimals, code: code ?? '0x' };
}
