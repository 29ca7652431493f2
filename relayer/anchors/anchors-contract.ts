import { type Address, type Hex, decodeErrorResult, encodeFunctionData, isAddressEqual, zeroAddress } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import { type History, anchorArguments } from '../../protocol/anchors/history.ts';
import type { Anchor } from '../../protocol/anchors/statement.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type At, view } from '../chain/bridge-contract.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import { isRefusal } from '../chain/revert.ts';
import { RpcError } from '../chain/rpc-errors.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';

/** What never changes of an Anchors contract. */
export interface AnchorsTerms {
  readonly address: Address;
  readonly firstBlock: bigint;
  readonly maximumBlocksPerSecond: bigint;
}

/**
 * Reads the contract's immutable values and asserts that it anchors the product chain for this main bridge.
 * @throws {PegwayError} exit code 2 when it is of another bridge or chain.
 */
export async function readTerms(
  main: Pick<ChainClient, 'nodes' | 'address'>,
  product: Pick<ChainClient, 'chainId'>,
  address: Address,
): Promise<AnchorsTerms> {
  const call = { address, abi: anchorsAbi, agreed: true } as const;
  const [bridge, sourceChainId, firstBlock, maximumBlocksPerSecond] = await Promise.all([
    view(main.nodes, { ...call, functionName: 'bridge' }),
    view(main.nodes, { ...call, functionName: 'sourceChainId' }),
    view(main.nodes, { ...call, functionName: 'firstBlock' }),
    view(main.nodes, { ...call, functionName: 'maximumBlocksPerSecond' }),
  ]);
  if (isAddressEqual(bridge, main.address) && sourceChainId === BigInt(product.chainId)) {
    return { address, firstBlock, maximumBlocksPerSecond };
  }
  throw new PegwayError(
    `anchors.contract: ${address} anchors chain ${sourceChainId} for the bridge ${bridge}; expected chain ` +
      `${product.chainId} for ${main.address}`,
    { exitCode: 2, hint: 'correct the address; the deployment record has it' },
  );
}

/** The exits that the main bridge names, which open after `delay` seconds without an anchor and without a proposal. */
export interface ExitTerms {
  readonly address: Address;
  readonly delay: bigint;
}

/** @returns undefined on a bridge without exits. */
export async function readExit({
  nodes,
  address,
}: Pick<ChainClient, 'nodes' | 'address'>): Promise<ExitTerms | undefined> {
  const exits = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'exits', agreed: true });
  if (exits === zeroAddress) return undefined;
  return { address: exits, delay: await view(nodes, { address: exits, abi: exitsAbi, functionName: 'exitDelay' }) };
}

/** The first second in which the exit can be opened, by the chain's latest block. One node suffices: for metrics. */
export const exitOpensAt = async (nodes: RpcQuorum, { address, delay }: ExitTerms): Promise<bigint> =>
  (await view(nodes, { address, abi: exitsAbi, functionName: 'lastLifeAt' })) + delay;

/** The last anchor, and what the next one depends on. */
export interface LastAnchor extends Anchor {
  /** The signer epoch in which it was accepted; 0 before the first. */
  readonly signerEpoch: bigint;
  /** True while a correction waits: no other height is accepted. */
  readonly isCorrecting: boolean;
}

/** @param at `latest`: one node suffices, a wrong answer costs a simulation that fails. Otherwise the quorum agrees. */
export async function readLast(nodes: RpcQuorum, address: Address, at: At): Promise<LastAnchor> {
  const call = { address, abi: anchorsAbi, at, agreed: at !== 'latest' } as const;
  const [anchor, signerEpoch, correction] = await Promise.all([
    view(nodes, { ...call, functionName: 'latest' }),
    view(nodes, { ...call, functionName: 'signerEpoch' }),
    view(nodes, { ...call, functionName: 'pendingCorrection' }),
  ]);
  return { ...anchor, signerEpoch, isCorrecting: correction.executableAt !== 0n };
}

/** Call data of `Anchors.anchor`. `earlier`: number of blocks of the last anchor's history. */
export function encodeAnchor(anchor: Anchor, history: History, earlier: bigint, signatures: Hex): Hex {
  const { bag, peaks, tailRoot } = anchorArguments(history, earlier);
  return encodeFunctionData({
    abi: anchorsAbi,
    functionName: 'anchor',
    args: [anchor, bag, peaks, tailRoot, signatures],
  });
}

/** The error of a call that its simulation reverts, as after a lost race. @throws any other error. */
export function refusalOf(error: unknown): string {
  if (!(error instanceof RpcError) || !isRefusal(error)) throw error;
  try {
    const { errorName, args } = decodeErrorResult({ abi: anchorsAbi, data: error.data ?? '0x' });
    return `${errorName}(${args.map(String).join(', ')})`;
  } catch {
    return error.message;
  }
}
