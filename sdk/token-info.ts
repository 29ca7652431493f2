import {
  type Address,
  type Hex,
  type PublicClient,
  decodeAbiParameters,
  encodeFunctionData,
  erc20Abi,
  hexToBigInt,
  hexToBytes,
  size,
} from 'viem';

import { isCoin } from './fee.ts';
import { optional } from './refusal.ts';

/** Read from the token itself. SECURITY: a main token's symbol is untrusted text; identify tokens by address. */
export interface TokenInfo {
  readonly address: Address;
  /** The start and the end of the address where the token has none. */
  readonly symbol: string;
  /** 0 where the token has none: amounts are then shown in base units. */
  readonly decimals: number;
  /** The functions that the token lacks. ERC-20 makes both optional. */
  readonly missing: readonly ('symbol' | 'decimals')[];
}

/** More digits than a uint256 has. */
const MOST_DECIMALS = 77n;

/**
 * Reads a token's symbol, as a string or as bytes32 (MKR's kind), and its decimals.
 * @throws viem's errors when the node does not answer.
 */
export async function readTokenInfo(reader: PublicClient, address: Address): Promise<TokenInfo> {
  if (isCoin(address)) {
    // Unlike a token, the coin has no contract: a client created without a chain does not have its symbol.
    const { symbol, decimals } = reader.chain?.nativeCurrency ?? { symbol: 'COIN', decimals: 18 };
    return { address, symbol, decimals, missing: [] };
  }
  const [symbol, decimals] = await Promise.all([
    readTokenText(reader, address, 'symbol'),
    callOf(reader, address, 'decimals').then(decimalsOf),
  ]);
  return {
    address,
    symbol: symbol ?? `${address.slice(0, 6)}…${address.slice(-4)}`,
    decimals: decimals ?? 0,
    missing: [
      ...(symbol === undefined ? (['symbol'] as const) : []),
      ...(decimals === undefined ? (['decimals'] as const) : []),
    ],
  };
}

/** A token's name or symbol, as a string or as bytes32; undefined where it has none. */
export const readTokenText = (reader: PublicClient, address: Address, name: 'name' | 'symbol') =>
  callOf(reader, address, name).then(textOf);

async function callOf(reader: PublicClient, to: Address, functionName: 'name' | 'symbol' | 'decimals'): Promise<Hex> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName });
  return (await optional(reader.call({ to, data })))?.data ?? '0x';
}

function decimalsOf(data: Hex): number | undefined {
  if (size(data) !== 32) return undefined;
  const value = hexToBigInt(data);
  return value <= MOST_DECIMALS ? Number(value) : undefined;
}

function textOf(data: Hex): string | undefined {
  const text = size(data) === 32 ? utf8Of(hexToBytes(data)) : stringOf(data);
  return text === '' ? undefined : text;
}

function stringOf(data: Hex): string | undefined {
  try {
    return decodeAbiParameters([{ type: 'string' }], data)[0];
  } catch {
    // Not a string: the token has no such function of ERC-20.
    return undefined;
  }
}

const utf8Of = (bytes: Uint8Array): string => {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
};
