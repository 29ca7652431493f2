import type { Address } from 'viem';
import { z } from 'zod';

import { addressProblem, parseAddress } from '../protocol/address.ts';

/** An address, to its checksummed form. Mixed case with a wrong EIP-55 checksum is refused: it is a typing error. */
export const addressSchema = z
  .string()
  .refine((text) => addressProblem(text) === undefined, { error: ({ input }) => addressProblem(String(input)) })
  .transform((text): Address => parseAddress(text));

/** The field by which an editor finds the JSON schema of a file. Ignored otherwise. */
export const schemaField = z.string().optional().describe('URL or path of the JSON schema, for editors.');

/** Reads `"rpcUrl": URL` as `"rpcUrls": [URL]`, in a chain of any file. */
export function expandRpcUrl(chain: unknown): unknown {
  if (typeof chain !== 'object' || chain === null || !('rpcUrl' in chain) || 'rpcUrls' in chain) return chain;
  const { rpcUrl, ...rest } = chain;
  return { ...rest, rpcUrls: [rpcUrl] };
}

/** Applies a function to some fields of a JSON object, where it is one and has them. */
export function mapFields(value: unknown, names: readonly string[] | 'all', map: (field: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, names === 'all' || names.includes(name) ? map(field) : field]),
  );
}
