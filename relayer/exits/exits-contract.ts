import { type Address, type Hash, zeroAddress } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi, productStateAbi } from '../../protocol/abi.ts';
import { type BridgeAt, view } from '../chain/bridge-contract.ts';

/** The exits of a bridge; all of it is immutable. */
export interface ExitContracts {
  readonly exits: Address;
  readonly anchors: Address;
  /** `ExitAddress`, on the product chain. */
  readonly registry: Address;
  /** The first block that is anchored. */
  readonly firstBlock: bigint;
}

/** Undefined on a bridge without exits. */
export async function exitsOf({
  nodes,
  address,
}: Pick<BridgeAt, 'nodes' | 'address'>): Promise<ExitContracts | undefined> {
  const exits = await view(nodes, { address, abi: mainBridgeAbi, functionName: 'exits', agreed: true });
  if (exits === zeroAddress) return undefined;

  const at = { address: exits, abi: exitsAbi, agreed: true } as const;
  const [anchors, productState] = await Promise.all([
    view(nodes, { ...at, functionName: 'anchors' }),
    view(nodes, { ...at, functionName: 'productState' }),
  ]);
  const [registry, firstBlock] = await Promise.all([
    view(nodes, { address: productState, abi: productStateAbi, functionName: 'registry', agreed: true }),
    view(nodes, { address: anchors, abi: anchorsAbi, functionName: 'firstBlock', agreed: true }),
  ]);
  return { exits, anchors, registry, firstBlock };
}

/** What changes of it. */
export interface ExitState {
  /** The block at which exits settle: the last anchor, or B once they are closed. Undefined before the first anchor. */
  readonly settles: { readonly number: bigint; readonly blockHash: Hash } | undefined;
  readonly isClosed: boolean;
}

export async function readExitState(
  { nodes }: Pick<BridgeAt, 'nodes'>,
  { exits, anchors }: Pick<ExitContracts, 'exits' | 'anchors'>,
): Promise<ExitState> {
  const [settlement, anchor] = await Promise.all([
    view(nodes, { address: exits, abi: exitsAbi, functionName: 'settlement' }),
    view(nodes, { address: anchors, abi: anchorsAbi, functionName: 'latest' }),
  ]);
  const isClosed = settlement.closedAt !== 0n;
  const { number, blockHash } = isClosed ? settlement : anchor;
  return { isClosed, settles: BigInt(blockHash) === 0n ? undefined : { number, blockHash } };
}
