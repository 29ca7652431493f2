import { z } from 'zod';

import { eventKinds, parseCursor } from '../../protocol/events.ts';
import { addressSchema } from '../schemas.ts';
import { LEAST_KEEP_DAYS } from '../webhooks/schedule.ts';
import { addressRange, httpUrl, name, seconds } from './fields.ts';

export const bridge = addressSchema.describe('Bridge on this chain; its counterpart must refer to it.');

export const peers = z
  .array(
    z.strictObject({
      address: addressSchema.describe('Address of this signer’s attesting key.'),
      url: httpUrl.describe('Its public port, as reachable from this relayer.'),
      from: z
        .array(addressRange)
        .optional()
        .describe(
          'Addresses or ranges from which its requests arrive, if other than those of `url`, as behind NAT. Requests from ' +
            'elsewhere share the budget of strangers.',
        ),
      name: z
        .string()
        .min(1)
        .max(40)
        .optional()
        .describe('Name of its operator, for `pegway status`, metrics and alerts.'),
      contact: z.string().min(1).max(200).optional().describe('Contact for failures of its relayer, for the same.'),
    }),
  )
  .default([])
  .describe('Relayers of the other signers. Signers on chain that are missing here receive no requests.');

export const anchors = z
  .strictObject({
    contract: addressSchema.describe('The `Anchors` contract of this bridge, on the main chain.'),
    everySeconds: seconds
      .max(3_600)
      .default(3_600)
      .describe('Age of the last anchor at which the next one follows, while the product chain grows.'),
  })
  .optional()
  .describe('Anchors the product chain’s history into the main chain. Every signer must configure it.');

const webhook = z
  .strictObject({
    name: name.describe('Its name in records, metrics and commands.'),
    url: httpUrl.describe('Where events are posted. Credentials in it are sent as an `Authorization` header.'),
    secretFiles: z
      .array(z.string().min(1))
      .min(1)
      .max(2)
      .describe(
        'A file with the secret (`whsec_…`), readable by the relayer’s user alone; two during a rotation. Relative to this file.',
      ),
    kinds: z.array(z.enum(eventKinds)).min(1).optional().describe('Kinds of events to send; default: all.'),
    productTokens: z
      .array(addressSchema)
      .min(1)
      .optional()
      .describe('Only events of these pegs, by product token; default: all events.'),
    after: z
      .string()
      .transform((text) => parseCursor(text))
      .refine((value) => value !== undefined, 'expected a cursor of the form mBLOCK.LOG.ITEM_pBLOCK.LOG.ITEM')
      .optional()
      .describe('Cursor after which deliveries begin while none is recorded; default: the oldest event.'),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Allows `http://` and addresses that are not public, for a receiver in your own network.'),
    timeoutSeconds: seconds.max(60).default(15).describe('Time for an attempt.'),
  })
  .refine(({ url, allowPrivate }) => allowPrivate || url.startsWith('https:'), {
    path: ['url'],
    error: 'expected https://; http:// needs allowPrivate',
  });

export const webhooks = z
  .array(webhook)
  .default([])
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'expected a different name for each')
  .describe('Receivers of this bridge’s events ([webhooks.md](webhooks.md)).');

export const webhooksNeedEvents = {
  path: ['history', 'keepDays'],
  error: `expected at least ${LEAST_KEEP_DAYS} with webhooks, so that the last attempt finds its event`,
};

export const eventsAreKept = (keepDays: number | undefined, all: readonly unknown[]): boolean =>
  all.length === 0 || keepDays === undefined || keepDays >= LEAST_KEEP_DAYS;

export const ANCHORS_NEED_PROOFS =
  'expected receipts, since anchors link the blocks of the product chain by the hashes of their headers';
