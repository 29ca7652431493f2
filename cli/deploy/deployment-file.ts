import { z } from 'zod';

import { httpUrl, wei } from '../../relayer/settings/fields.ts';
import { MAXIMUM_BASIS_POINTS } from '../../protocol/peg.ts';
import { addressSchema, expandRpcUrl, mapFields, schemaField } from '../../relayer/schemas.ts';

/*
 * The deployment file: chains, and for each bridge its signers, delays and pegs. The same file, with more
 * in it, adds pegs and bridges later. Amounts and rates are in whole tokens.
 */

export const FORMAT = 'pegway-deployment-1';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of a–z, 0–9 and -, at most 40');

const amount = z
  .string()
  .regex(/^\d{1,39}(\.\d{1,77})?$/, 'expected whole tokens as a decimal string, for example "0.5"');

const limit = z
  .union([z.literal('unlimited'), z.strictObject({ capacity: amount, refillPerSecond: amount })], {
    error: 'expected "unlimited", or {"capacity": "…", "refillPerSecond": "…"} in whole tokens',
  })
  .describe('How much may leave at once, and how fast that much comes back.');

const fee = z
  .strictObject({
    flat: amount.default('0').describe('In whole tokens, at most `maximumFlat`.'),
    basisPoints: z
      .int()
      .min(0)
      .max(MAXIMUM_BASIS_POINTS, `expected at most ${MAXIMUM_BASIS_POINTS} basis points, the maximum of every bridge`)
      .default(0)
      .describe('Hundredths of a percent of the amount.'),
    maximumFlat: amount.default('0').describe('The largest `flat` that governance can ever set. Never changes.'),
    departMinimum: amount
      .optional()
      .describe('The smallest fee pot that is sent to `Rewards`; 1 base unit when left out.'),
  })
  .prefault({});

const chain = z.strictObject({
  chainId: z.int().positive().describe('The chain id that `eth_chainId` of the node must return.'),
  rpcUrls: z.array(httpUrl).min(1).describe('A node of your own: its answers are trusted. Only the first URL is used.'),
  maxFeePerGas: wei.optional().describe('Never pay more, in wei; sending resumes when fees fall.'),
});

const decimals = z.int().min(0).max(36);

const peg = z.strictObject({
  mainToken: z
    .union(
      [
        z.strictObject({ address: addressSchema, decimals }),
        z.strictObject({ bridge: name, peg: z.string().min(1) }).describe('The product token of another bridge’s peg.'),
      ],
      { error: 'expected {"address": "0x…", "decimals": 18}, or {"bridge": "…", "peg": "SYMBOL"} of this file' },
    )
    .describe('Locked on the main chain.'),
  productToken: z
    .strictObject({ name: z.string().min(1).max(64), symbol: z.string().min(1).max(32), decimals })
    .describe('Created on the product chain.'),
  rate: z
    .strictObject({ main: amount, product: amount })
    .describe('So many main tokens are so many product tokens. Never changes.'),
  minimumDeposit: amount.describe('In main tokens.'),
  minimumRedeem: amount.describe('In product tokens. Worth what a refused redeem costs the signers.'),
  gasCap: z
    .int()
    .min(30_000)
    .max(5_000_000)
    .optional()
    .describe('Gas for one payment of the main token; 300,000 when left out, 100,000 for the coin.'),
  withdrawLimit: limit,
  mintLimit: limit,
  depositFee: fee.describe('On top of a deposit, in main tokens.'),
  redeemFee: fee.describe('On top of a redeem, in product tokens.'),
  retired: z.boolean().default(false).describe('Refuses further deposits, permanently.'),
});

const delay = z
  .int()
  .min(1, 'expected at least 1 second; the bridge refuses a delay of zero')
  .max(30 * 86_400, 'expected at most 30 days, in seconds');

const DAY = 86_400;
const window = (days: { readonly least: number; readonly usual: number }, meaning: string) =>
  z
    .int()
    .min(days.least * DAY, `expected at least ${days.least} days, in seconds: the contract refuses less`)
    .max(365 * DAY, 'expected at most 365 days, in seconds')
    .default(days.usual * DAY)
    .describe(`${meaning} In seconds; never changes.`);

export const exits = z
  .strictObject({
    exitDelay: window(
      { least: 7, usual: 14 },
      'The silence of the signers (no anchor, no accepted proposal) after which anyone can announce exits.',
    ),
    noticePeriod: window(
      { least: 3, usual: 7 },
      'From the announcement until anyone can halt the bridge; a sign of life cancels it.',
    ),
    advanceWindow: window(
      { least: 3, usual: 3 },
      'After the halt: newer blocks that the signers attested can be shown, so that paid redeems do not count twice.',
    ),
    claimWindow: window({ least: 7, usual: 30 }, 'Claims are registered; then all are paid in the same ratio.'),
  })
  .describe(
    'Creates `Exits`, `ProductState` and `ExitAddress`, so that holders are paid without the signers. Needs `anchors`. Only with a new bridge; none when left out.',
  );

const bridge = z.strictObject({
  main: name.describe('One of `chains`: where the main tokens are locked.'),
  product: name.describe('One of `chains`: where the product tokens are minted.'),
  addresses: z
    .strictObject({ main: addressSchema, product: addressSchema, anchors: addressSchema.optional() })
    .optional()
    .describe('Of a bridge that stands already and has no record here.'),
  rewards: z
    .boolean()
    .default(true)
    .describe('Creates a `Rewards` contract, which receives the fees. A bridge without one can never take a fee.'),
  anchors: z
    .strictObject({
      maximumBlocksPerSecond: z
        .int()
        .min(1)
        .max(1_000)
        .default(2)
        .describe('No anchor rises faster than this; above the product chain’s own pace. Never changes.'),
    })
    .optional()
    .describe('Creates an `Anchors` contract on the main chain; a standing bridge gets one, too. None when left out.'),
  exits: exits.optional(),
  gate: addressSchema
    .optional()
    .describe(
      'The contract without whose consent the main bridge takes no deposits; none when left out. Never changes.',
    ),
  signers: z.array(addressSchema).min(1).max(32),
  threshold: z.int(),
  operators: z
    .array(
      z.strictObject({
        signer: addressSchema.describe('One of `signers`, or of the signers to come.'),
        name: z.string().min(1).max(40).optional().describe('Name for people, on the page and in `pegway status`.'),
        url: httpUrl.optional().describe('Public port of its relayer.'),
        contact: z.string().min(1).max(200).optional().describe('Contact for failures of its relayer.'),
      }),
    )
    .max(64)
    .default([])
    .describe('Operators of the signers. Nothing on chain depends on it.'),
  delays: z
    .strictObject({
      governanceDelay: delay,
      parkDelay: delay,
      pauseDuration: delay,
      bounceDelay: delay,
    })
    .describe('In seconds.'),
  pegs: z.array(peg).min(1).max(32),
});

export const schema = z.strictObject({
  $schema: schemaField,
  format: z.literal(FORMAT),
  devnet: z.boolean().default(false).describe('Allows a key in the clear (`plain:0x…`). Never on a chain of value.'),
  chains: z.record(name, chain),
  bridges: z.record(name, bridge),
});

/** The deployment file as written. A chain may name its node as `rpcUrl`. */
export type DeploymentFile = Omit<z.input<typeof schema>, 'chains'> & {
  chains: Record<string, z.input<typeof chain> | (Omit<z.input<typeof chain>, 'rpcUrls'> & { rpcUrl: string })>;
};

/** The file with the present name of each field. */
export const withPresentNames = (file: unknown): unknown =>
  mapFields(file, ['chains'], (chains) => mapFields(chains, 'all', expandRpcUrl));

/** The same with its defaults. */
export type CheckedFile = z.output<typeof schema>;
