import {
  type Address,
  type Hex,
  concatHex,
  domainSeparator,
  keccak256,
  numberToHex,
  padHex,
  size,
  stringToHex,
} from 'viem';

import artifacts from '../../protocol/artifacts.json' with { type: 'json' };

/** The inputs of the immutable values that a constructor writes into the code. */
export type Identity =
  | {
      readonly contract: 'MainBridge' | 'ProductBridge';
      readonly chainId: number;
      readonly address: Address;
      readonly remoteChainId: bigint;
      readonly remoteBridge: Address;
    }
  | {
      readonly contract: 'ProductToken';
      readonly chainId: number;
      readonly address: Address;
      readonly bridge: Address;
      readonly name: string;
      readonly decimals: number;
    };

/** The code that the local build has at that address: the compiler's, with the constructor's values in their places. */
export function runtimeCode(identity: Identity): Hex {
  const { deployedBytecode, immutables } = artifacts.contracts[identity.contract];
  const values = immutableValues(identity);
  let code = deployedBytecode.slice(2);
  for (const { name, start, length } of immutables) {
    const value = values[name];
    if (value === undefined) throw new RangeError(`${identity.contract}: no value for the immutable ${name}`);
    code =
      code.slice(0, 2 * start) +
      padHex(value, { size: length }).slice(2).toLowerCase() +
      code.slice(2 * (start + length));
  }
  return `0x${code}`;
}

function immutableValues(identity: Identity): Record<string, Hex> {
  const { chainId, address } = identity;
  const name = identity.contract === 'ProductToken' ? identity.name : 'Pegway';
  const common = {
    _name: shortString(name),
    _version: shortString('1'),
    _hashedName: keccak256(stringToHex(name)),
    _hashedVersion: keccak256(stringToHex('1')),
    _cachedThis: address,
    _cachedChainId: numberToHex(chainId),
    _cachedDomainSeparator: domainSeparator({ domain: { name, version: '1', chainId, verifyingContract: address } }),
  };
  if (identity.contract === 'ProductToken') {
    const { bridge, decimals } = identity;
    return { ...common, bridge, _DECIMALS: numberToHex(decimals) };
  }
  const { remoteChainId, remoteBridge } = identity;
  return { ...common, remoteChainId: numberToHex(remoteChainId), remoteBridge };
}

/** OpenZeppelin's `ShortString`: up to 31 bytes and their number, or a mark that the text is in storage. */
function shortString(text: string): Hex {
  const bytes = stringToHex(text);
  const length = size(bytes);
  if (length > 31) return numberToHex(0xff, { size: 32 });
  return concatHex([padHex(bytes, { size: 31, dir: 'right' }), numberToHex(length, { size: 1 })]);
}
