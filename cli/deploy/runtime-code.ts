import {
  type Address,
  type Hex,
  concatHex,
  domainSeparator,
  getAddress,
  keccak256,
  numberToHex,
  padHex,
  size,
  stringToHex,
} from 'viem';

import artifacts from '../../protocol/artifacts.json' with { type: 'json' };
import { type BridgeContract, type LibraryName, type Links, link } from './libraries.ts';

/** Other main-chain contracts passed to a bridge's constructor. The product bridge has `rewards` alone. */
export interface Satellites {
  readonly rewards: Address;
  readonly exits: Address;
  readonly gate: Address;
}

/** How long each phase of an exit lasts, in seconds. Immutable. */
export interface ExitWindows {
  readonly exitDelay: number;
  readonly noticePeriod: number;
  readonly advanceWindow: number;
  readonly claimWindow: number;
}

export const exitWindows = ['exitDelay', 'noticePeriod', 'advanceWindow', 'claimWindow'] as const;

/** The inputs of the immutable values that a constructor writes into the code. */
export type Identity =
  | {
      readonly contract: BridgeContract;
      readonly chainId: number;
      readonly address: Address;
      readonly remoteChainId: bigint;
      readonly remoteBridge: Address;
      readonly satellites: Satellites;
      /** Addresses of its libraries. */
      readonly links: Links;
      /** True if the chain has Arbitrum's precompile for block heights. */
      readonly hasArbSys: boolean;
    }
  | {
      readonly contract: 'ProductToken';
      readonly chainId: number;
      readonly address: Address;
      readonly bridge: Address;
      readonly name: string;
      readonly decimals: number;
    }
  | {
      readonly contract: 'Rewards';
      readonly chainId: number;
      readonly address: Address;
      readonly bridge: Address;
    }
  | {
      readonly contract: 'Anchors';
      readonly chainId: number;
      readonly address: Address;
      readonly bridge: Address;
      readonly sourceChainId: number;
      readonly firstBlock: bigint;
      readonly maximumBlocksPerSecond: number;
    }
  | {
      readonly contract: 'Exits';
      readonly chainId: number;
      readonly address: Address;
      readonly bridge: Address;
      readonly anchors: Address;
      readonly productState: Address;
      readonly windows: ExitWindows;
      /** In seconds since the epoch. */
      readonly deployedAt: bigint;
    }
  | {
      readonly contract: 'ProductState';
      readonly address: Address;
      readonly productBridge: Address;
      /** `ExitAddress`, on the product chain. */
      readonly registry: Address;
    }
  | { readonly contract: LibraryName | 'ExitAddress'; readonly address: Address };

/** The local build's runtime code at that address: the compiler's output, with the immutables filled in. */
export function runtimeCode(identity: Identity): Hex {
  const { deployedBytecode, immutables, deployedLinks } = artifacts.contracts[identity.contract];
  const values = immutableValues(identity);
  let code = link(deployedBytecode, deployedLinks, 'links' in identity ? identity.links : {}).slice(2);
  for (const immutable of immutables) {
    const { start, length } = immutable;
    const name = 'name' in immutable ? immutable.name : LIBRARY_ADDRESS;
    const value = values[name];
    if (value === undefined) throw new RangeError(`${identity.contract}: no value for the immutable ${name}`);
    code =
      code.slice(0, 2 * start) +
      padHex(value, { size: length }).slice(2).toLowerCase() +
      code.slice(2 * (start + length));
  }
  return `0x${code}`;
}

/** The word of an immutable in deployed code; undefined when the code is not of the local build's size. */
export function immutableIn(contract: 'Rewards' | 'Exits', name: string, code: Hex): Hex | undefined {
  const { deployedBytecode, immutables } = artifacts.contracts[contract];
  const place = immutables.find((one) => one.name === name);
  if (place === undefined || code.length !== deployedBytecode.length) return undefined;
  return `0x${code.slice(2 + 2 * place.start, 2 + 2 * (place.start + place.length))}`;
}

/** The bridge in the code of a rewards contract; undefined when the code is not of the local build's size. */
export function rewardsBridgeIn(code: Hex): Address | undefined {
  const word = immutableIn('Rewards', 'bridge', code);
  return word && getAddress(`0x${word.slice(-40)}`);
}

/** The compiler embeds a library's own address, without a source variable. */
const LIBRARY_ADDRESS = 'library address';

function immutableValues(identity: Identity): Record<string, Hex> {
  if (identity.contract === 'ProductState') {
    return { productBridge: identity.productBridge, registry: identity.registry };
  }
  if (!('chainId' in identity)) return { [LIBRARY_ADDRESS]: identity.address };
  const { chainId, address } = identity;
  const [name, version] = domainOf(identity);
  const common = {
    _name: shortString(name),
    _version: shortString(version),
    _hashedName: keccak256(stringToHex(name)),
    _hashedVersion: keccak256(stringToHex(version)),
    _cachedThis: address,
    _cachedChainId: numberToHex(chainId),
    _cachedDomainSeparator: domainSeparator({ domain: { name, version, chainId, verifyingContract: address } }),
  };
  if (identity.contract === 'ProductToken') {
    const { bridge, decimals } = identity;
    return { ...common, bridge, _DECIMALS: numberToHex(decimals) };
  }
  if (identity.contract === 'Rewards') return { ...common, bridge: identity.bridge };
  if (identity.contract === 'Anchors') {
    const { bridge, sourceChainId, firstBlock, maximumBlocksPerSecond } = identity;
    const history = { sourceChainId: numberToHex(sourceChainId), firstBlock: numberToHex(firstBlock) };
    return { ...common, ...history, bridge, maximumBlocksPerSecond: numberToHex(maximumBlocksPerSecond) };
  }
  if (identity.contract === 'Exits') {
    const { bridge, anchors, productState, windows, deployedAt } = identity;
    const seconds = exitWindows.map((name) => [name, numberToHex(windows[name])] as const);
    const times = { ...Object.fromEntries(seconds), _DEPLOYED_AT: numberToHex(deployedAt) };
    return { ...common, ...times, bridge, anchors, productState };
  }
  const { remoteChainId, remoteBridge, satellites, hasArbSys } = identity;
  const remote = { remoteChainId: numberToHex(remoteChainId), remoteBridge };
  return { ...common, ...remote, ...satellites, _HAS_ARB_SYS: numberToHex(hasArbSys ? 1 : 0) };
}

/** Name and version of the EIP-712 domain. */
function domainOf(identity: Extract<Identity, { readonly chainId: number }>): readonly [string, string] {
  switch (identity.contract) {
    case 'ProductToken':
      return [identity.name, '1'];
    case 'Anchors':
    case 'Exits':
    case 'Rewards':
      return [`Pegway ${identity.contract}`, '1'];
    default:
      return ['Pegway', '2'];
  }
}

/** OpenZeppelin's `ShortString`: up to 31 bytes and their length, or a marker for text in storage. */
function shortString(text: string): Hex {
  const bytes = stringToHex(text);
  const length = size(bytes);
  if (length > 31) return numberToHex(0xff, { size: 32 });
  return concatHex([padHex(bytes, { size: 31, dir: 'right' }), numberToHex(length, { size: 1 })]);
}
