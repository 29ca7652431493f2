import type { Address } from 'viem';

import { parseAddress } from '../protocol/address.ts';
import { PegwayError } from '../protocol/errors.ts';

/**
 * Parses an address of the command line or of a file.
 * @param where The option, argument or field, for the message.
 * @throws {PegwayError} exit code 2: not an address, or a wrong EIP-55 checksum.
 */
export function addressAt(where: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch (error) {
    if (!(error instanceof PegwayError)) throw error;
    const { exitCode, hint, message } = error;
    throw new PegwayError(`${where}: ${message}`, { cause: error, exitCode, ...(hint === undefined ? {} : { hint }) });
  }
}
