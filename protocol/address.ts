import { type Address, getAddress } from 'viem';

import { PegwayError } from './errors.ts';

/**
 * Checks an address that a person typed or pasted. A checksum is optional: an address all in lower or all in upper case has
 * none.
 * @returns What was expected instead, for schemas and messages; undefined when the address is well-formed and its mixed case,
 * if any, is its EIP-55 checksum.
 */
export function addressProblem(typed: string): string | undefined {
  const text = withoutSurroundings(typed);
  const [prefix] = /^[a-z0-9-]+:(?=0x)/.exec(text) ?? [];
  if (prefix !== undefined) return `expected an address without the chain prefix ${JSON.stringify(prefix)}`;
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) return 'expected an address: 0x and 40 hex digits';
  const digits = text.slice(2);
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase()) return undefined;
  // SECURITY: the checksum is all that distinguishes a mistyped address from another one.
  const checksummed = getAddress(text.toLowerCase());
  return text === checksummed ? undefined : `wrong EIP-55 checksum: expected ${checksummed} if every digit is right`;
}

/** Wallets copy addresses with spaces around them, or with Ethereum's chain prefix (ERC-3770): `eth:0x…`. */
const withoutSurroundings = (text: string): string => text.trim().replace(/^eth:(?=0x)/i, '');

/**
 * Parses an address that a person typed or pasted.
 * @returns The address with its EIP-55 checksum.
 * @throws {PegwayError} exit code 2: the text is not an address, or its mixed case is not its EIP-55 checksum.
 */
export function parseAddress(text: string): Address {
  const problem = addressProblem(text);
  if (problem === undefined) return getAddress(withoutSurroundings(text).toLowerCase());
  throw new PegwayError(`${problem}, found ${JSON.stringify(text.slice(0, 64))}`, {
    exitCode: 2,
    hint: 'compare it with its source digit by digit, then copy the whole address again',
  });
}
