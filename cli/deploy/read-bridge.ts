import { type Address, type Hex, type PublicClient, getAddress, zeroHash } from 'viem';

import { mainBridgeAbi, productTokenAbi } from '../../protocol/abi.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { GovernedState } from '../governance/governed-state.ts';
import type { Delays } from '../../relayer/chain/bridge-contract.ts';

/** A product token as it is on its chain. */
export interface TokenReading {
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
  readonly code: Hex;
}

export interface PegReading extends Peg {
  /** On the product side; on the main side it is an address of another chain. */
  readonly token: TokenReading | undefined;
}

/** One bridge as it is at one block. */
export interface BridgeReading {
  readonly side: Side;
  readonly chainId: number;
  readonly address: Address;
  readonly code: Hex;
  readonly remoteChainId: bigint;
  readonly remoteBridge: Address;
  readonly signers: readonly Address[];
  readonly threshold: number;
  readonly delays: Delays;
  readonly pegs: readonly PegReading[];
  readonly governanceNonce: bigint;
  readonly signerEpoch: bigint;
  /** The accepted proposal that is not executed. */
  readonly pending: GovernedState['pending'];
  readonly blockNumber: bigint;
  /** Of that block, in seconds since the epoch. */
  readonly timestamp: bigint;
}

/** Reads a bridge at the head. Undefined when there is no code. @throws viem's errors when it is no bridge. */
export async function readBridge(
  reader: PublicClient,
  { side, chainId, address }: Pick<BridgeReading, 'side' | 'chainId' | 'address'>,
): Promise<BridgeReading | undefined> {
  const { number: blockNumber, timestamp } = await reader.getBlock();
  const code = await reader.getCode({ address, blockNumber });
  if (code === undefined) return undefined;
  const bridge = { address, abi: mainBridgeAbi, blockNumber } as const;
  const [remoteChainId, remoteBridge, signers, threshold, delays, tokens, governanceNonce, signerEpoch, accepted] =
    await Promise.all([
      reader.readContract({ ...bridge, functionName: 'remoteChainId' }),
      reader.readContract({ ...bridge, functionName: 'remoteBridge' }),
      reader.readContract({ ...bridge, functionName: 'signers' }),
      reader.readContract({ ...bridge, functionName: 'threshold' }),
      reader.readContract({ ...bridge, functionName: 'delays' }),
      reader.readContract({ ...bridge, functionName: 'pegs' }),
      reader.readContract({ ...bridge, functionName: 'governanceNonce' }),
      reader.readContract({ ...bridge, functionName: 'signerEpoch' }),
      reader.readContract({ ...bridge, functionName: 'pendingProposal' }),
    ]);
  const pegs = await Promise.all(
    tokens.map(async (token): Promise<PegReading> => {
      const peg = await reader.readContract({ ...bridge, functionName: 'peg', args: [token] });
      return { ...peg, token: side === 'main' ? undefined : await readToken(reader, token, blockNumber) };
    }),
  );
  const pending = accepted.callsHash === zeroHash ? undefined : accepted;
  return {
    ...{ side, chainId, address, code, remoteChainId, remoteBridge, pegs, governanceNonce, blockNumber, timestamp },
    ...{
      delays,
      signerEpoch,
      pending,
      threshold: Number(threshold),
      signers: signers.map((signer) => getAddress(signer)),
    },
  };
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
