import { z } from 'zod';

import { PegwayError } from '../../protocol/errors.ts';
import { headerRules } from '../../protocol/proof/header.ts';
import { finalityOf } from '../../relayer/settings/chain-settings.ts';
import { httpUrl } from '../../relayer/settings/fields.ts';
import { readJsonFile } from '../../relayer/config.ts';
import { fieldProblems } from '../../relayer/field-problems.ts';
import { addressSchema, expandRpcUrl, mapFields } from '../../relayer/schemas.ts';

const node = z.union([httpUrl, z.looseObject({ url: httpUrl })], { error: 'expected an http:// or https:// URL' });

const chain = z
  .looseObject({
    chainId: z.int().positive().describe('Chain id that the node must return.'),
    bridge: addressSchema.describe('Bridge on this chain.'),
    rpcUrls: z.array(node).min(1).describe('A node of this chain; the first one is used.'),
    finality: z
      .union([z.literal('finalized'), z.looseObject({ depth: z.int().min(0) })])
      .optional()
      .describe('When a block is final: by the tag, or so many blocks below the head. Default: as for a relayer.'),
    headerRule: z
      .enum(headerRules)
      .optional()
      .describe('Header format of this chain; decides the default of `finality`.'),
  })
  .transform(({ finality, ...rest }) => ({ ...rest, finality: finality ?? finalityOf(rest.headerRule) }));

/** Both chains with their bridges. The page's config.json and a relayer's configuration have all of it, and more. */
export const holderSchema = z.looseObject({
  main: chain,
  product: chain,
  devnet: z.boolean().default(false).describe('Allows a plaintext key (`plain:0x…`).'),
});

export type HolderFile = z.output<typeof holderSchema>;

/** @throws {PegwayError} exit code 2, with every wrong field. */
export function readHolderFile(path: string): HolderFile {
  const file = readJsonFile(path, 'the configuration file', 'name it with --config FILE');
  const result = holderSchema.safeParse(mapFields(file, ['main', 'product'], expandRpcUrl));
  if (result.success) return result.data;
  throw new PegwayError(`${path} is wrong:\n  ${fieldProblems(result.error.issues, file, ['key']).join('\n  ')}`, {
    exitCode: 2,
    hint: 'expected the config.json of the page: chainId, bridge and rpcUrls of main and product (docs/app.md)',
  });
}

export const nodeOf = ({ rpcUrls: [first] }: HolderFile['main']): string =>
  first === undefined ? '' : typeof first === 'string' ? first : first.url;
