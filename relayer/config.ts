import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { z } from 'zod';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import { headerRules } from '../protocol/proof/header.ts';
import { isAddressRange } from './callers/address.ts';
import { notJson } from './not-json.ts';
import { HOST_PORT, readHostPort } from './host-port.ts';
import { fieldProblems, withoutPassword } from './field-problems.ts';
import { addressSchema, expandRpcUrl, mapFields, schemaField } from './schemas.ts';

/*
 * All settings are read here, once: name, description, default and check of each in one place. No other module reads
 * the environment. Pegs, signers, threshold, epoch and limits are not settings: they are read from the chains.
 */

export const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http:// or https:// URL' });

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

const QUEUE_HINT = 'expected redis://HOST:PORT, rediss://HOST:PORT, or nothing for a queue in this process';

const redisUrl = z.url({ protocol: /^rediss?$/, error: QUEUE_HINT });

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

const chain = z
  .strictObject({
    chainId: z.int().positive().describe('Chain id that every node must return for `eth_chainId`.'),
    bridge: addressSchema.describe('Bridge on this chain; its counterpart must refer to it.'),
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
      .default('finalized')
      .describe('Finality rule: the `finalized` tag, or a number of blocks below the head.'),
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
  })
  .refine(({ rpcQuorum = 1, rpcUrls }) => rpcQuorum <= rpcUrls.length, {
    path: ['rpcQuorum'],
    error: (issue) => {
      const value = issue.input as { rpcQuorum: number; rpcUrls: unknown[] };
      return `expected at most the number of rpcUrls (${value.rpcUrls.length}), found ${value.rpcQuorum}`;
    },
  })
  .transform(({ rpcQuorum, ...rest }) => ({ ...rest, rpcQuorum: rpcQuorum ?? majorityOf(rest.rpcUrls.length) }));

const schema = z
  .strictObject({
    $schema: schemaField,
    main: chain.describe('The main chain, where the main token is locked.'),
    product: chain.describe('The product chain, where the product token is minted.'),
    key: z
      .string()
      .min(1)
      .describe(
        'URI of the attesting key: `keystore:FILE`, `pkcs11:…`, `web3signer:URL`, `awskms:KEY`, `envelope:FILE`.',
      ),
    payingKey: z.string().min(1).optional().describe('URI of the key that pays for transactions; default: `key`.'),
    peers: z
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
        }),
      )
      .default([])
      .describe('Relayers of the other signers. Signers on chain that are missing here receive no requests.'),
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
    anchors: z
      .strictObject({
        contract: addressSchema.describe('The `Anchors` contract of this bridge, on the main chain.'),
        everySeconds: seconds
          .max(3_600)
          .default(3_600)
          .describe('Age of the last anchor at which the next one follows, while the product chain grows.'),
      })
      .optional()
      .describe('Anchors the product chain’s history into the main chain. Every signer must configure it.'),
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
  })
  .refine((value) => value.main.chainId !== value.product.chainId, {
    path: ['product', 'chainId'],
    error: 'expected a different chain than main.chainId',
  })
  .refine((value) => value.anchors === undefined || value.product.proof === 'receipts', {
    path: ['product', 'proof'],
    error: 'expected receipts, since anchors link the blocks of the product chain by the hashes of their headers',
  })
  .refine((value) => value.fallbackSeconds > value.turnSeconds, {
    path: ['fallbackSeconds'],
    error: 'expected more than turnSeconds',
  });

/** The configuration file, as an operator writes it. */
export type ConfigFile = z.input<typeof schema>;

export type ChainConfig = z.output<typeof chain>;

/** The JSON-RPC URL of a configured node. */
export const rpcUrlOf = (one: ChainConfig['rpcUrls'][number]): string => (typeof one === 'string' ? one : one.url);

export type Config = Omit<z.output<typeof schema>, 'queue' | '$schema'> & {
  readonly queue: string | undefined;
  /** Directory of the configuration file, to which its relative paths refer. */
  readonly directory: string;
};

/** `{mainChainId}-{mainBridge}` in lower case. */
export const bridgeIdOf = ({ main }: { readonly main: Pick<ChainConfig, 'chainId' | 'bridge'> }): string =>
  `${main.chainId}-${main.bridge}`.toLowerCase();

export type Environment = Readonly<Record<string, string | undefined>>;

/** The schema, for the generated reference of settings. */
export const configSchema = schema;

/**
 * Validates a configuration file.
 * @throws {PegwayError} exit code 2, with every wrong field, the found and the expected value.
 */
export function parseConfig(file: unknown, environment: Environment, directory: string): Config {
  const result = schema.safeParse(mapFields(file, ['main', 'product'], expandRpcUrl));
  if (!result.success) {
    const problems = fieldProblems(result.error.issues, file, ['key', 'payingKey']);
    throw new PegwayError(`invalid configuration:\n  ${problems.join('\n  ')}`, {
      exitCode: 2,
      hint: 'docs/configuration.md lists every setting',
    });
  }
  const { $schema: _, dataDir, queue, ...rest } = result.data;
  return { ...rest, directory, dataDir: resolve(directory, dataDir), queue: queue ?? queueOf(environment) };
}

/** @throws {PegwayError} exit code 2 when `REDIS_URL` is not one. */
function queueOf({ REDIS_URL: url }: Environment): string | undefined {
  if (url === undefined || url === '') return undefined;
  if (redisUrl.safeParse(url).success) return url;
  throw new PegwayError(`REDIS_URL: ${QUEUE_HINT}; found ${withoutPassword(url)}`, {
    exitCode: 2,
    hint: 'correct REDIS_URL, or unset it',
  });
}

/**
 * Reads a JSON file named by an operator.
 * @param what Kind of file, for the message.
 * @throws {PegwayError} exit code 2 when it cannot be read or is not JSON.
 */
export function readJsonFile(path: string, what: string, hint: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PegwayError(`cannot read ${what} ${path}`, { cause, exitCode: 2, hint });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const found = notJson(text);
    if (found === undefined) throw new PegwayError(`${path} is not JSON${placeIn(error)}`, { exitCode: 2 });
    throw new PegwayError(`${path} is not JSON: ${found.what}`, { exitCode: 2, hint: found.hint });
  }
}

/**
 * SECURITY: a parser error without a position quotes the file, which may hold a key or a PIN, so only a position is
 * passed on.
 */
const placeIn = (error: unknown): string => / at position .*/.exec(messageOf(error))?.[0] ?? '';

/** Reads and validates a configuration file (JSON). */
export function readConfig(path: string, environment: Environment = process.env): Config {
  const file = readJsonFile(path, 'the configuration file', 'name it with --config FILE');
  return parseConfig(file, environment, dirname(resolve(path)));
}
