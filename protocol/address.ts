import { type Address, getAddress } from 'viem';

import { PegwayError } from './errors.ts';

/**
 * Parses an address that a person typed or pasted. A checksum is optional: an address all in lower or all in upper case has
 * none.
 * @returns The address with its EIP-55 checksum.
 * @throws {PegwayError} exit code 2: the text is not an address, or its mixed case is not its EIP-55 checksum.
 */
export function parseAddress(text: string): Address {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    throw new PegwayError(`expected an address: 0x and 40 hex digits, found ${JSON.stringify(text.slice(0, 64))}`, {
      exitCode: 2,
      hint: 'copy the whole address, with its 0x',
    });
  }
  // SECURITY: the checksum is all that tells a mistyped address from another one.
  const checksummed = getAddress(text.toLowerCase());
  const digits = text.slice(2);
  if (text === checksummed || digits === digits.toLowerCase() || digits === digits.toUpperCase()) return checksummed;
  throw new PegwayError(`wrong EIP-55 checksum: found ${text}, expected ${checksummed} if every digit is right`, {
    exitCode: 2,
    hint: 'compare it with its source digit by digit, then copy it again',
  });
}
