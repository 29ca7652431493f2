import { type Address, getAddress, isAddress } from 'viem';
import { z } from 'zod';

/** An address in any case, to its checksummed form. A wrong checksum is accepted: files and peers write either case. */
export const addressSchema = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'expected an address: 0x and 40 hex digits')
  .transform((text): Address => getAddress(text));
