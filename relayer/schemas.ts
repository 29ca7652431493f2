import type { Address } from 'viem';
import { z } from 'zod';

import { addressProblem, parseAddress } from '../protocol/address.ts';

/** An address, to its checksummed form. Mixed case with a wrong EIP-55 checksum is refused: it is a typing error. */
export const addressSchema = z
  .string()
  .refine((text) => addressProblem(text) === undefined, { error: ({ input }) => addressProblem(String(input)) })
  .transform((text): Address => parseAddress(text));
