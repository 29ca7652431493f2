import { z } from 'zod';

import { eventKinds, parseCursor } from '../protocol/events.ts';
import { sides } from '../protocol/lane.ts';
import { type HeaderRule, headerRules } from '../protocol/proof/header.ts';
import { isAddressRange } from './callers/address.ts';
import { HOST_PORT, readHostPort } from './host-port.ts';
import { addressSchema, expandRpcUrl, mapFields, schemaField } from './schemas.ts';
import { LEAST_KEEP_DAYS } from './webhooks/schedule.ts';

/*
 * The two forms of the configuration file: name, description, default and check of each setting in one place. Pegs, signers,
 * threshold, epoch and limits are not settings: they are read from the chains.
 */

export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' });

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected a name of a–z, 0–9 and -, at most 40');

/** One node: its JSON-RPC URL, and a WebSocket URL where it has one. */
const node = z.union(
  [
    httpUrl,
    z.strictObject({ url: httpUrl, ws: z.url({ protocol: /^wss?$/, error: 'expected a ws:// or wss:// URL' }) }),
  ],
  { error: 'expected an http:// or https:// URL, or { "url": that, "ws": a ws:// or wss:// URL of the same node }' },
);

const listen = z
  .string()
  .trim()
  .regex(HOST_PORT, 'expected HOST:PORT, an IPv6 host in brackets, for example 127.0.0.1:7300 or [::1]:7300')
  .transform(readHostPort)
  .refine(({ port }) => port <= 65535, 'expected a port from 0 to 65535');

const addressRange = z
  .string()
  .refine(isAddressRange, 'expected an IP address or a range, for example 10.0.0.0/8 or 2001:db8::/32');

export const QUEUE_HINT = 'expected redis://HOST:PORT, rediss://HOST:PORT, or nothing for a queue in this process';

export const redisUrl = z.url({ protocol: /^rediss?$/, error: QUEUE_HINT });

const seconds = z.number().positive();

export const wei = z
  .string()
  .regex(/^\d+$/, 'expected a whole number of wei as a string, for example "200000000000"')
  .transform((text) => BigInt(text));

const amount = z
  .string()
  .regex(/^\d+$/, 'expected a whole number of base units as a string, for example "1000000000000000000"')
  .transform((text) => BigInt(text));

/** Of several nodes, so many that no two groups of them can agree on different answers. */
const majorityOf = (nodes: number): number => Math.floor(nodes / 2) + 1;

const chainSettings = {
  chainId: z.int().positive().describe('Chain id that every node must return for `eth_chainId`.'),
  rpcUrls: z
    .array(node)
    .min(1)
    .describe(
      'One node each, as a URL or as `{ "url", "ws" }`; your own first. Every node is queried, none is a fallback. ' +
        'Credentials in a URL are sent as an `Authorization` header and never printed. New heads by `ws` replace polling.',
    ),
  rpcQuorum: z
    .int()
    .positive()
    .optional()
    .describe(
      'Number of nodes that must agree; default: a majority of `rpcUrls`. Use 1 only with a node of your own: it is trusted alone.',
    ),
  finality: z
    .union([z.literal('finalized'), z.strictObject({ depth: z.int().min(0) })])
    .optional()
    .describe(
      'Finality rule: the `finalized` tag, or a number of blocks below the head. Default: `"finalized"`; `{ "depth": 0 }` ' +
        'with the headerRule `qbft` or `ibft2`, whose nodes have no such tag and whose blocks are final at once.',
    ),
  proof: z
    .enum(['receipts', 'witnesses'])
    .default('receipts')
    .describe(
      '`receipts` recomputes header hash and receipts root; `witnesses` requires rpcQuorum equal answers. With an `rpcQuorum` of 1 neither proves anything: the logs are as one node returns them.',
    ),
  headerRule: z
    .enum(headerRules)
    .default('ethereum')
    .describe('Header format and hash of this chain; used by `receipts`.'),
  logRange: z.int().positive().default(2_000).describe('Maximum block range of one `eth_getLogs` at these nodes.'),
  maxFeePerGas: wei.default(500_000_000_000n).describe('Fee cap, in wei; sending resumes when fees fall below it.'),
  staleSeconds: seconds
    .default(1_800)
    .describe('Time without a new final block that is a fault: several times the usual interval of this chain.'),
  requestTimeoutSeconds: seconds.default(10).describe('Timeout of a request to a node.'),
  batch: z
    .boolean()
    .default(true)
    .describe(
      'Sends simultaneous requests to a node in one JSON-RPC batch. A node that refuses batches gets single requests ' +
        'anyway; `false` spares it the attempts.',
    ),
};

const bridge = addressSchema.describe('Bridge on this chain; its counterpart must refer to it.');

interface Quorum {
  readonly rpcQuorum?: number | undefined;
  readonly rpcUrls: readonly unknown[];
}

const quorumFits = ({ rpcQuorum = 1, rpcUrls }: Quorum): boolean => rpcQuorum <= rpcUrls.length;

const quorumProblem = {
  path: ['rpcQuorum'],
  error: (issue: { readonly input?: unknown }) => {
    const { rpcQuorum, rpcUrls } = issue.input as Quorum;
    return `expected at most the number of rpcUrls (${rpcUrls.length}), found ${rpcQuorum}`;
  },
};

/** The finality of a chain by default: nodes of BFT chains of Besu answer the tag `finalized` with an error. */
export const finalityOf = (headerRule: HeaderRule | undefined): Finality =>
  headerRule === 'qbft' || headerRule === 'ibft2' ? { depth: 0 } : 'finalized';

type Finality = 'finalized' | { readonly depth: number };

/** Defaults that depend on other settings of the chain. */
const withDefaults = <
  const T extends Quorum & { readonly finality?: Finality | undefined; readonly headerRule: HeaderRule },
>({
  rpcQuorum,
  finality,
  ...rest
}: T) => ({
  ...rest,
  rpcQuorum: rpcQuorum ?? majorityOf(rest.rpcUrls.length),
  finality: finality ?? finalityOf(rest.headerRule),
});

const peers = z
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

const anchors = z
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

const webhooks = z
  .array(webhook)
  .default([])
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'expected a different name for each')
  .describe('Receivers of this bridge’s events ([webhooks.md](webhooks.md)).');

const webhooksNeedEvents = {
  path: ['history', 'keepDays'],
  error: `expected at least ${LEAST_KEEP_DAYS} with webhooks, so that the last attempt finds its event`,
};

const eventsAreKept = (keepDays: number | undefined, all: readonly unknown[]): boolean =>
  all.length === 0 || keepDays === undefined || keepDays >= LEAST_KEEP_DAYS;

/** Of the relayer, in both forms. */
const settings = {
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

const turnsFit = (value: { readonly turnSeconds: number; readonly fallbackSeconds: number }): boolean =>
  value.fallbackSeconds > value.turnSeconds;

const turnsProblem = { path: ['fallbackSeconds'], error: 'expected more than turnSeconds' };

const { chainId, ...otherSettings } = chainSettings;
const side = z
  .strictObject({ chainId, bridge, ...otherSettings })
  .refine(quorumFits, quorumProblem)
  .transform(withDefaults);

const ANCHORS_NEED_PROOFS =
  'expected receipts, since anchors link the blocks of the product chain by the hashes of their headers';

/** A file of one bridge. */
export const oneBridge = z
  .strictObject({
    main: side.describe('The main chain, where the main token is locked.'),
    product: side.describe('The product chain, where the product token is minted.'),
    anchors,
    webhooks,
    ...settings,
  })
  .refine(({ history, webhooks }) => eventsAreKept(history.keepDays, webhooks), webhooksNeedEvents)
  .refine((value) => value.main.chainId !== value.product.chainId, {
    path: ['product', 'chainId'],
    error: 'expected a different chain than main.chainId',
  })
  .refine((value) => value.anchors === undefined || value.product.proof === 'receipts', {
    path: ['product', 'proof'],
    error: ANCHORS_NEED_PROOFS,
  })
  .refine(turnsFit, turnsProblem);

const place = z.strictObject({ chain: name.describe('One of `chains`.'), bridge });

const bridges = z
  .record(
    name,
    z.strictObject({
      main: place.describe('Where the main token is locked.'),
      product: place.describe('Where the product token is minted.'),
      peers: peers.unwrap().optional().describe('Relayers of its other signers; default: `peers`.'),
      key: settings.key.optional().describe('URI of its attesting key; default: `key`.'),
      anchors,
      webhooks,
    }),
  )
  .refine((value) => Object.keys(value).length > 0, 'expected at least one bridge')
  .describe('The bridges, by name.');

/** A file of several bridges over named chains. */
export const severalBridges = z
  .strictObject({
    chains: z
      .record(name, z.strictObject(chainSettings).refine(quorumFits, quorumProblem).transform(withDefaults))
      .describe('The chains, by name.'),
    bridges,
    ...settings,
  })
  .refine(
    ({ history, bridges }) =>
      eventsAreKept(
        history.keepDays,
        Object.values(bridges).flatMap(({ webhooks }) => webhooks),
      ),
    webhooksNeedEvents,
  )
  .superRefine(({ chains, bridges }, context) => {
    const problem = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const chainOf = new Map<number, string>();
    for (const [name, { chainId }] of Object.entries(chains)) {
      const same = chainOf.get(chainId);
      // Two would send transactions of one account with the same nonces.
      if (same !== undefined) problem(['chains', name, 'chainId'], `expected another chain than chains.${same}`);
      chainOf.set(chainId, name);
    }

    const bridgeAt = new Map<string, string>();
    for (const [name, bridge] of Object.entries(bridges)) {
      for (const side of sides) {
        const { chain, bridge: address } = bridge[side];
        if (chains[chain] === undefined) {
          problem(['bridges', name, side, 'chain'], `expected one of ${Object.keys(chains).join(', ')}`);
        }
        const same = bridgeAt.get(`${chain} ${address}`);
        if (same !== undefined)
          problem(['bridges', name, side, 'bridge'], `expected another bridge than that of bridges.${same}`);
        bridgeAt.set(`${chain} ${address}`, name);
      }
      if (bridge.anchors !== undefined && chains[bridge.product.chain]?.proof === 'witnesses') {
        problem(['chains', bridge.product.chain, 'proof'], ANCHORS_NEED_PROOFS);
      }
      if (bridge.main.chain === bridge.product.chain) {
        problem(['bridges', name, 'product', 'chain'], `expected a different chain than bridges.${name}.main.chain`);
      }
    }
  })
  .refine(turnsFit, turnsProblem);

/** Fields of both forms in which `rpcUrl` may stand for `rpcUrls`. */
export const expandRpcUrls = (file: unknown): unknown =>
  mapFields(mapFields(file, ['main', 'product'], expandRpcUrl), ['chains'], (chains) =>
    mapFields(chains, 'all', expandRpcUrl),
  );
