import { type Address, type ContractConstructorArgs, encodeDeployData, keccak256 } from 'viem';

import { anchorsAbi } from '../../protocol/abi.ts';
import { type Network, readerFor } from './chain-clients.ts';
import { type Creation, type Origin, bytecodeOf, createdAddress } from './creation.ts';
import type { Difference } from './differences.ts';
import type { Standing } from './discover.ts';
import type { PairRecord } from './journal.ts';
import { runtimeCode } from './runtime-code.ts';
import type { BridgeSpec } from './spec.ts';

export type AnchorsArguments = ContractConstructorArgs<typeof anchorsAbi>;

/** Where a history begins. */
export interface AnchorsStart {
  /** Height of its first block, not above the product bridge's own. */
  readonly firstBlock: bigint;
  /** In seconds since the epoch: bounds the height of the first anchor. */
  readonly firstTimestamp: bigint;
}

/** The product chain's latest block: a history begins before the bridge that is created next. */
export async function readStart({ main, product }: BridgeSpec, network: Network): Promise<AnchorsStart> {
  const [here, there] = await Promise.all([
    readerFor(network, main).getBlock(),
    readerFor(network, product).getBlock(),
  ]);
  // The contract requires a time before that of its own block, and the two clocks may differ.
  const earlier = here.timestamp < there.timestamp ? here.timestamp : there.timestamp;
  return { firstBlock: there.number > 0n ? there.number : 1n, firstTimestamp: earlier - 1n };
}

export function createAnchors(
  origin: Origin,
  mainBridge: Address,
  { product, anchors }: Pick<BridgeSpec, 'product' | 'anchors'>,
  { firstBlock, firstTimestamp }: AnchorsStart,
): Creation<AnchorsArguments, 'Anchors'> {
  const perSecond = BigInt(anchors?.maximumBlocksPerSecond ?? 0);
  const args: AnchorsArguments = [mainBridge, BigInt(product.chainId), firstBlock, firstTimestamp, perSecond];
  const data = encodeDeployData({ abi: anchorsAbi, bytecode: bytecodeOf('Anchors'), args });
  return { contract: 'Anchors', origin, address: createdAddress(origin), args, links: {}, data };
}

/** The contract of a standing bridge: by the file or by the record. */
export const anchorsOf = (spec: BridgeSpec, record: PairRecord | undefined): Address | undefined =>
  spec.addresses?.anchors ?? record?.anchors?.address;

/** Compares the contract on the chain with the local build's code for this bridge. */
export async function anchorsDifferences(
  { spec, record, readings: { main } }: Standing,
  network: Network,
): Promise<Difference[]> {
  const { anchors } = spec;
  if (anchors === undefined) return [];
  const different = (expected: string, found: string): Difference[] => [
    { bridge: spec.name, side: 'main', path: `bridges.${spec.name}.anchors`, expected, found },
  ];
  const address = anchorsOf(spec, record);
  if (address === undefined) return different('an Anchors contract', 'none');
  const reader = readerFor(network, spec.main);
  const code = await reader.getCode({ address });
  if (code === undefined) return different('an Anchors contract', `no contract at ${address}`);
  const call = { address, abi: anchorsAbi } as const;
  const firstBlock = await reader.readContract({ ...call, functionName: 'firstBlock' }).catch(() => 0n);
  const expected = runtimeCode({
    ...{ contract: 'Anchors', chainId: main.chainId, address, bridge: main.address, firstBlock },
    sourceChainId: spec.product.chainId,
    maximumBlocksPerSecond: anchors.maximumBlocksPerSecond,
  });
  if (code === expected) return [];
  return different(
    `the local build's code of Anchors for ${main.address}, with ${anchors.maximumBlocksPerSecond} blocks a second, hash ${keccak256(expected)}`,
    `hash ${keccak256(code)} at ${address}`,
  );
}
