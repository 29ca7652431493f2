import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { type Address, getAddress, isAddress } from 'viem';
import { z } from 'zod';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import { fieldProblems } from './field-problems.ts';

/*
 * Settings are read once, here: name, help, default and check stand together. Nothing else reads the environment.
 * Pegs, signers, threshold, epoch and limits are not settings: they are read from the chains.
 */

export const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'expected an address: 0x and 40 hex digits')
  .transform((text): Address => getAddress(text));

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
  .regex(/^.+:\d{1,5}$/, 'expected HOST:PORT, for example 127.0.0.1:7300')
  .transform((text) => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65535, 'expected a port from 0 to 65535');

const seconds = z.number().positive();

export const wei = z
  .string()
  .regex(/^\d+$/, 'expected a whole number of wei as a string, for example "200000000000"')
  .transform((text) => BigInt(text));

const chain = z
  .strictObject({
    chainId: z.int().positive().describe('What `eth_chainId` of every node must say.'),
    bridge: address.describe('This side’s bridge; the other side’s bridge must name it.'),
    rpcUrls: z
      .array(node)
      .min(1)
      .describe(
        'One node each, a URL or `{ "url", "ws" }`; your own first. All are asked, none is a fallback. Credentials in a URL ' +
          'are sent as an `Authorization` header and never printed. New heads that come by `ws` replace polling.',
      ),
    rpcQuorum: z
      .int()
      .positive()
      .default(1)
      .describe('How many of the nodes must say the same. 1 trusts that node: only for a node of your own.'),
    finality: z
      .union([z.literal('finalized'), z.strictObject({ depth: z.int().min(0) })])
      .default('finalized')
      .describe('What final means: the `finalized` tag, or so many blocks below the head.'),
    proof: z
      .enum(['receipts', 'witnesses'])
      .default('receipts')
      .describe('`receipts` recomputes header hash and receipts root; `witnesses` needs rpcQuorum equal answers.'),
    headerRule: z
      .enum(['ethereum', 'clique', 'qbft', 'op'])
      .default('ethereum')
      .describe('How this chain hashes its headers; used by `receipts`.'),
    logRange: z.int().positive().default(2_000).describe('Most blocks that one `eth_getLogs` may span at these nodes.'),
    maxFeePerGas: wei.default(500_000_000_000n).describe('Never pay more, in wei; sending resumes when fees fall.'),
    staleSeconds: seconds
      .default(1_800)
      .describe('Final blocks that do not move for so long are a fault: several times what this chain takes.'),
    requestTimeoutSeconds: seconds.default(10).describe('A node that takes longer has not answered.'),
  })
  .refine((value) => value.rpcQuorum <= value.rpcUrls.length, {
    path: ['rpcQuorum'],
    error: (issue) => {
      const value = issue.input as { rpcQuorum: number; rpcUrls: unknown[] };
      return `expected at most the number of rpcUrls (${value.rpcUrls.length}), found ${value.rpcQuorum}`;
    },
  });

const schema = z
  .strictObject({
    main: chain.describe('The main chain, where the main token is locked.'),
    product: chain.describe('The product chain, where the product token is minted.'),
    key: z
      .string()
      .min(1)
      .describe(
        'URI of the key that attests: `keystore:FILE`, `pkcs11:…`, `web3signer:URL`, `awskms:KEY`, `envelope:FILE`.',
      ),
    payingKey: z.string().min(1).optional().describe('URI of the key that pays for transactions; `key` when left out.'),
    peers: z
      .array(
        z.strictObject({
          address: address.describe('The address that this signer attests with.'),
          url: httpUrl.describe('Its public port, as reached from here.'),
        }),
      )
      .default([])
      .describe('The other signers’ relayers. Signers on chain that are not named here are not asked.'),
    listen: z
      .strictObject({
        public: listen.default({ host: '0.0.0.0', port: 7300 }).describe('Status, transfers, attestations.'),
        private: listen
          .default({ host: '127.0.0.1', port: 7400 })
          .describe('Metrics and health; keep it off the internet.'),
      })
      .prefault({}),
    dataDir: z
      .string()
      .min(1)
      .default('data')
      .describe('Journal, transaction records, history. Relative to this file.'),
    queue: z
      .url({ protocol: /^(rediss?|postgres|postgresql)$/, error: 'expected a redis:// or postgres:// URL' })
      .optional()
      .describe('Where BullMQ keeps its jobs; `REDIS_URL` is used when left out, an embedded PGlite without either.'),
    turnSeconds: seconds.default(10).describe('How long the next signer waits for the one before it.'),
    fallbackSeconds: seconds.default(60).describe('How long to wait for the peers before approving on chain alone.'),
    sweepSeconds: seconds.default(30).describe('How often everything is compared with what the bridges say.'),
    standSeconds: seconds.default(120).describe('A loop that does not come round for so long stands: not ready.'),
    pauseOnBrokenAudit: z
      .boolean()
      .default(false)
      .describe(
        'Whether to pause both bridges when the audit of a peg is broken; else this signer alone stops for it.',
      ),
    log: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('How much it says, as lines of JSON on stdout.'),
    devnet: z.boolean().default(false).describe('Allows a key in the clear (`plain:0x…`). Never on a chain of value.'),
  })
  .refine((value) => value.main.chainId !== value.product.chainId, {
    path: ['product', 'chainId'],
    error: 'expected another chain than main.chainId',
  })
  .refine((value) => value.fallbackSeconds > value.turnSeconds, {
    path: ['fallbackSeconds'],
    error: 'expected more than turnSeconds',
  });

/** What an operator writes. */
export type ConfigFile = z.input<typeof schema>;

export type ChainConfig = z.output<typeof chain>;

/** The JSON-RPC URL of a configured node. */
export const rpcUrlOf = (one: ChainConfig['rpcUrls'][number]): string => (typeof one === 'string' ? one : one.url);

export type Config = Omit<z.output<typeof schema>, 'queue'> & {
  readonly queue: string | undefined;
  /** Of the configuration file: what relative paths in it start from. */
  readonly directory: string;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** The schema itself, for the generated reference of settings. */
export const configSchema = schema;

/**
 * Checks what an operator wrote.
 * @throws {PegwayError} exit code 2, naming every wrong field, what was found and what is expected.
 */
export function parseConfig(file: unknown, environment: Environment, directory: string): Config {
  const result = schema.safeParse(file);
  if (!result.success) {
    const problems = fieldProblems(result.error.issues, file, ['key', 'payingKey']);
    throw new PegwayError(`the configuration is wrong:\n  ${problems.join('\n  ')}`, {
      exitCode: 2,
      hint: 'docs/configuration.md names every setting',
    });
  }
  const { dataDir, queue, ...rest } = result.data;
  return { ...rest, directory, dataDir: resolve(directory, dataDir), queue: queue ?? environment['REDIS_URL'] };
}

/**
 * Reads a file that an operator names.
 * @param what What it should be, for the message.
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
    throw new PegwayError(`${path} is not JSON${placeIn(error)}`, { exitCode: 2 });
  }
}

/** SECURITY: where the parser names no place, it quotes the file instead, which may hold a key or a PIN; that does not go on. */
const placeIn = (error: unknown): string => / at position .*/.exec(messageOf(error))?.[0] ?? '';

/** Reads and checks a configuration file (JSON). */
export function readConfig(path: string, environment: Environment = process.env): Config {
  const file = readJsonFile(path, 'the configuration file', 'name it with --config FILE');
  return parseConfig(file, environment, dirname(resolve(path)));
}

/** The environment as the command line needs it: where to look for programs, whether it talks to a terminal's user. */
export const environment = (): Environment => process.env;
