import { type Address, getAddress, zeroAddress } from 'viem';

import { exitsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import type { Satellite } from '../../protocol/events.ts';
import { type BridgeAt, view } from './bridge-contract.ts';

/** The satellites of a main bridge, by name. */
export type Satellites = Readonly<Partial<Record<Satellite, Address>>>;

/** Reads which satellites a main bridge has. All of it is immutable, so that one reading suffices. */
export async function satellitesOf({ nodes, address }: Pick<BridgeAt, 'nodes' | 'address'>): Promise<Satellites> {
  const call = { address, abi: mainBridgeAbi, agreed: true } as const;
  const [rewards, exits] = await Promise.all([
    view(nodes, { ...call, functionName: 'rewards' }),
    view(nodes, { ...call, functionName: 'exits' }),
  ]);
  return {
    ...(rewards === zeroAddress ? {} : { rewards: getAddress(rewards) }),
    ...(exits === zeroAddress ? {} : { exits: getAddress(exits), anchors: await anchorsOf(nodes, exits) }),
  };
}

const anchorsOf = async (nodes: BridgeAt['nodes'], exits: Address): Promise<Address> =>
  getAddress(await view(nodes, { address: exits, abi: exitsAbi, functionName: 'anchors', agreed: true }));
