import { type Address, type Hex, getAddress } from 'viem';

import artifacts from '../../protocol/artifacts.json' with { type: 'json' };

/** The external libraries that the bridges call. They hold no state, and any bridge of a chain may link the same copy. */
export type LibraryName = 'Signers' | 'Governance' | 'PegAdministration' | 'MainPegs' | 'ProductPegs';
export type BridgeContract = 'MainBridge' | 'ProductBridge';

/** Addresses of deployed libraries by name. */
export type Links = Readonly<Record<string, Address>>;

const ADDRESS_BYTES = 20;

/** The libraries that a bridge links, in the order of their creation. */
export const librariesOf = (contract: BridgeContract): LibraryName[] =>
  Object.keys(artifacts.contracts[contract].links) as LibraryName[];

/** The creation code of a bridge with its libraries' addresses in their places. */
export const linkedBytecode = (contract: BridgeContract, links: Links): Hex => {
  const { bytecode, links: places } = artifacts.contracts[contract];
  return link(bytecode, places, links);
};

/** Puts each library's address where the compiler left a placeholder; offsets are in bytes. */
export function link(code: string, places: Readonly<Record<string, readonly number[]>>, links: Links): Hex {
  let linked = code;
  for (const [name, offsets] of Object.entries(places)) {
    const address = links[name];
    if (address === undefined) throw new RangeError(`no address for the library ${name}`);
    for (const offset of offsets) {
      const [start, end] = [2 + 2 * offset, 2 + 2 * (offset + ADDRESS_BYTES)];
      linked = linked.slice(0, start) + address.slice(2).toLowerCase() + linked.slice(end);
    }
  }
  return linked as Hex;
}

/** The libraries that the deployed code of a bridge calls; undefined when the code is of another size than the local build's. */
export function linksIn(contract: BridgeContract, code: Hex): Links | undefined {
  const { deployedBytecode, deployedLinks } = artifacts.contracts[contract];
  if (code.length !== deployedBytecode.length) return undefined;
  const addressAt = (offset: number): Address =>
    getAddress(`0x${code.slice(2 + 2 * offset).slice(0, 2 * ADDRESS_BYTES)}`);
  return Object.fromEntries(Object.entries(deployedLinks).map(([name, [first = 0]]) => [name, addressAt(first)]));
}
