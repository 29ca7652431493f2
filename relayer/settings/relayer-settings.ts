import { z } from 'zod';

import { addressSchema, schemaField } from '../schemas.ts';
import { peers } from './bridge-settings.ts';
import { addressRange, amount, httpUrl, listen, redisUrl, seconds } from './fields.ts';

/** Settings of the relayer, in both forms of the file. */
export const relayerSettings = {
  $schema: schemaField,
  key: z
    .string()
    .min(1)
    .describe(
      'URI of the attesting key: `keystore:FILE`, `pkcs11:…`, `web3signer:URL`, `awskms:KEY`, `envelope:FILE`.',
    ),
  payingKey: z.string().min(1).optional().describe('URI of the key that pays for transactions; default: `key`.'),
  peers,
  listen: z
    .strictObject({
      public: listen
        .default({ host: '0.0.0.0', port: 7300 })
        .describe(
          'Status, transfers, attestations. An IPv6 host is in brackets; `[::]:7300` listens on all IPv6 and IPv4 addresses.',
        ),
      private: listen
        .default({ host: '127.0.0.1', port: 7400 })
        .describe('Metrics and health; keep it off the internet.'),
      trustedProxies: z
        .array(addressRange)
        .default([])
        .describe(
          'Addresses or ranges of reverse proxies in front of the public port. Only from these is `X-Forwarded-For` believed.',
        ),
      forwardUrl: httpUrl
        .optional()
        .describe(
          'Where the other processes of this signer reach the public port, to forward requests to the one that works for a ' +
            'bridge. Default: the address of this machine.',
        ),
    })
    .prefault({}),
  dataDir: z
    .string()
    .min(1)
    .default('data')
    .describe('Folder of journal, transaction records and history. Relative to this file.'),
  queue: redisUrl
    .optional()
    .describe(
      'Redis of the job queue. Default: `REDIS_URL`. Without either the queue is in the process, and there is no standby.',
    ),
  turnSeconds: seconds.default(10).describe('Delay between the turns of successive signers.'),
  fallbackSeconds: seconds.default(60).describe('Time to wait for peers before approving on chain.'),
  sweepSeconds: seconds.default(30).describe('Interval of the comparison of all ledgers with the bridges.'),
  standSeconds: seconds
    .default(120)
    .describe('Time without a completed round after which a loop counts as stalled: not ready.'),
  fees: z
    .strictObject({
      collectAbove: z
        .record(addressSchema, amount)
        .default({})
        .describe(
          'By product token: the fee pot, in main base units, that is moved to the rewards at once. Other pots are moved once a week.',
        ),
      leadSeconds: seconds
        .default(86_400)
        .describe('How long before the end of a week (Sunday, 24:00 UTC) all fee pots are moved.'),
      prices: z
        .record(addressSchema, z.number().positive())
        .default({})
        .describe(
          'By product token: price of 10^18 main base units in coins of the main chain. For metrics and the alert CostsExceedFees alone.',
        ),
      productCoinPrice: z
        .number()
        .min(0)
        .default(0)
        .describe('Price of a coin of the product chain in coins of the main chain. For the same.'),
    })
    .prefault({}),
  history: z
    .strictObject({
      keepDays: z.int().positive().optional().describe('Days for which events are kept; default: all events.'),
    })
    .prefault({}),
  pauseOnBrokenAudit: z
    .boolean()
    .default(false)
    .describe(
      'Pauses both bridges when the audit of a peg is broken; otherwise only this signer stops signing for that peg.',
    ),
  log: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Log level; JSON lines on stdout.'),
  devnet: z
    .boolean()
    .default(false)
    .describe('Allows a plaintext key (`plain:0x…`). Never on a chain with assets of value.'),
};

export const turnsFit = (value: { readonly turnSeconds: number; readonly fallbackSeconds: number }): boolean =>
  value.fallbackSeconds > value.turnSeconds;

export const turnsProblem = { path: ['fallbackSeconds'], error: 'expected more than turnSeconds' };

/** Of a file of several bridges. */
export const shards = z
  .array(
    z.strictObject({
      payingKey: z.string().min(1).describe('URI of the key that pays for the transactions of its bridges.'),
    }),
  )
  .min(1)
  .max(64)
  .optional()
  .describe(
    'Groups of bridges, which the processes of this signer on one Redis share ' +
      '([several-machines.md](several-machines.md)). Each bridge belongs to one. Default: one, with `payingKey`.',
  );
