import { type Address, type PublicClient, zeroAddress } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { HeaderRule } from '../../protocol/proof/header.ts';
import { anchorCalls, exitCalls, stateCalls } from '../exit-calls.ts';
import { exitViews } from '../exit-views.ts';

/** One chain of an exit: a node, the bridge, and the most blocks of one `eth_getLogs`. */
export interface ExitSide {
  readonly reader: PublicClient;
  readonly bridge: Address;
  readonly logRange: number;
}

/** Where claims are read. Proofs are checked on chain: a lying node costs a failed transaction. */
export interface ExitSources {
  readonly main: ExitSide;
  /** Without a rule, the header's hash shows which one holds. */
  readonly product: ExitSide & { readonly headerRule?: HeaderRule };
  readonly exits: Address;
  readonly anchors: Address;
  /** `ExitAddress`, on the product chain. */
  readonly registry: Address;
  /** The first block that is anchored: no event of the product bridge is older. */
  readonly firstBlock: bigint;
  readonly productTokens: readonly Address[];
}

/** Reads the contracts that belong to the exits of a bridge; undefined when it was deployed without. */
export async function readExitSources(sides: Pick<ExitSources, 'main' | 'product'>): Promise<ExitSources | undefined> {
  const { reader, bridge } = sides.main;
  const atBridge = { address: bridge, abi: mainBridgeAbi } as const;
  const [exits, productTokens] = await Promise.all([
    reader.readContract({ ...atBridge, functionName: 'exits' }),
    reader.readContract({ ...atBridge, functionName: 'pegs' }),
  ]);
  if (exits === zeroAddress) return undefined;

  const [anchors, productState] = await Promise.all([
    reader.readContract({ address: exits, abi: exitViews, functionName: 'anchors' }),
    reader.readContract({ address: exits, abi: exitCalls, functionName: 'productState' }),
  ]);
  const [registry, firstBlock] = await Promise.all([
    reader.readContract({ address: productState, abi: stateCalls, functionName: 'registry' }),
    reader.readContract({ address: anchors, abi: anchorCalls, functionName: 'firstBlock' }),
  ]);
  return { ...sides, exits, anchors, registry, firstBlock, productTokens };
}
