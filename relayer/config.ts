import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { Address } from 'viem';
import type { z } from 'zod';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import type { Side } from '../protocol/lane.ts';
import { expandRpcUrls, oneBridge, severalBridges } from './config-schema.ts';
import { fieldProblems, withoutPassword } from './field-problems.ts';
import { notJson } from './not-json.ts';
import { QUEUE_HINT, redisUrl } from './settings/fields.ts';

/* All settings are read here, once. No other module reads the environment. */

/** The configuration file of one bridge, as an operator writes it. */
export type ConfigFile = z.input<typeof oneBridge>;

/** The configuration file of several bridges. */
export type FleetFile = z.input<typeof severalBridges>;

type OneBridge = z.output<typeof oneBridge>;

/** One chain and the operator's nodes. */
export type ChainConfig = Omit<OneBridge['main'], 'bridge'>;

/** One side of a bridge: its contract, and the chain with the name under which it is shared. */
export interface SideConfig extends ChainConfig {
  readonly chain: string;
  readonly bridge: Address;
}

/** The JSON-RPC URL of a configured node. */
export const rpcUrlOf = (one: ChainConfig['rpcUrls'][number]): string => (typeof one === 'string' ? one : one.url);

/** Settings that all bridges of a process share. */
type Shared = Omit<OneBridge, '$schema' | 'main' | 'product' | 'peers' | 'anchors' | 'webhooks' | 'queue'> & {
  readonly queue: string | undefined;
  /** Directory of the configuration file, to which its relative paths refer. */
  readonly directory: string;
  /** Undefined for one shard with `payingKey`. */
  readonly shards?: readonly { readonly payingKey: string }[] | undefined;
};

/** One bridge, as one signer runs it. */
export type Config = Shared &
  Readonly<Record<Side, SideConfig>> & {
    /** Empty in a file of one bridge. */
    readonly name: string;
    readonly peers: OneBridge['peers'];
    readonly anchors?: OneBridge['anchors'];
    readonly webhooks: OneBridge['webhooks'];
  };

/** All bridges of one process. */
export interface ProcessConfig extends Shared {
  /** True for a file with `chains` and `bridges`, however many these are. */
  readonly isFleet: boolean;
  /** By name; `main` and `product` in a file of one bridge. */
  readonly chains: Readonly<Record<string, ChainConfig>>;
  readonly bridges: readonly Config[];
}

/** The paying key of each shard; at least one. */
export const payingKeysOf = ({ shards, payingKey, key }: Pick<ProcessConfig, 'shards' | 'payingKey' | 'key'>) =>
  shards?.map((shard) => shard.payingKey) ?? [payingKey ?? key];

/** `{mainChainId}-{mainBridge}` in lower case. */
export const bridgeIdOf = ({ main }: { readonly main: Pick<SideConfig, 'chainId' | 'bridge'> }): string =>
  `${main.chainId}-${main.bridge}`.toLowerCase();

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Validates a configuration file of either form.
 * @throws {PegwayError} exit code 2, with every wrong field, the found and the expected value.
 */
export function parseProcessConfig(file: unknown, environment: Environment, directory: string): ProcessConfig {
  const fields = typeof file === 'object' && file !== null ? Object.keys(file) : [];
  const [one, several] = [
    ['main', 'product'],
    ['chains', 'bridges'],
  ].map((form) => form.filter((field) => fields.includes(field)));
  if (one?.[0] !== undefined && several?.[0] !== undefined) {
    throw invalid([
      `${one[0]} and ${several[0]}: expected main and product for one bridge, or chains and bridges for several`,
    ]);
  }
  const shared = ({
    $schema: _,
    dataDir,
    queue,
    ...rest
  }: Omit<OneBridge, 'main' | 'product' | 'peers' | 'anchors' | 'webhooks'>): Shared => ({
    ...{ ...rest, directory, dataDir: resolve(directory, dataDir), queue: queue ?? queueOf(environment) },
  });

  if (several?.[0] === undefined) {
    const { main, product, peers, anchors, webhooks, ...settings } = checked(oneBridge, file);
    const config: Config = {
      ...{ ...shared(settings), name: '', peers, anchors, webhooks },
      ...{ main: { chain: 'main', ...main }, product: { chain: 'product', ...product } },
    };
    return { ...shared(settings), isFleet: false, chains: { main, product }, bridges: [config] };
  }

  const { chains, bridges, peers, shards, ...settings } = checked(severalBridges, file);
  const common = { ...shared(settings), shards };
  const sideOf = ({ chain, bridge }: { readonly chain: string; readonly bridge: Address }): SideConfig => {
    const found = chains[chain];
    if (found === undefined) throw new RangeError(`no chain ${chain}`);
    return { ...found, chain, bridge };
  };
  return {
    ...{ ...common, isFleet: true, chains },
    bridges: Object.entries(bridges).map(([name, bridge]): Config => {
      const places = { main: sideOf(bridge.main), product: sideOf(bridge.product) };
      const dataDir = join(common.dataDir, bridgeIdOf(places));
      const { key = common.key, anchors, webhooks } = bridge;
      return { ...common, ...places, name, dataDir, peers: bridge.peers ?? peers, key, anchors, webhooks };
    }),
  };
}

/**
 * Validates a configuration file and selects one of its bridges.
 * @param bridge Name or id; needed where the file has several.
 * @throws {PegwayError} as {@link parseProcessConfig}, and when the bridge is not one of the file's.
 */
export function parseConfig(file: unknown, environment: Environment, directory: string, bridge?: string): Config {
  const { bridges } = parseProcessConfig(file, environment, directory);
  const names = bridges.map(({ name }) => name).join(', ');
  const [first, ...others] = bridges;
  if (bridge === undefined && first !== undefined && others.length === 0) return first;
  const found = bridges.find((one) => one.name === bridge || bridgeIdOf(one) === bridge);
  if (found !== undefined) return found;
  const problem =
    bridge === undefined ? 'the configuration has several bridges' : `the configuration has no bridge ${bridge}`;
  throw new PegwayError(`${problem}: ${names}`, { exitCode: 2, hint: 'name one of them with --bridge NAME' });
}

function checked<T extends z.ZodType>(schema: T, file: unknown): z.output<T> {
  const result = schema.safeParse(expandRpcUrls(file));
  if (result.success) return result.data;
  throw invalid(fieldProblems(result.error.issues, file, ['key', 'payingKey']));
}

const invalid = (problems: readonly string[]) =>
  new PegwayError(`invalid configuration:\n  ${problems.join('\n  ')}`, {
    exitCode: 2,
    hint: 'docs/configuration.md lists every setting',
  });

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

const HINT = 'name it with --config FILE';

/** Reads and validates a configuration file (JSON) of either form. */
export function readProcessConfig(path: string, environment: Environment = process.env): ProcessConfig {
  const file = readJsonFile(path, 'the configuration file', HINT);
  return parseProcessConfig(file, environment, dirname(resolve(path)));
}

/** Reads a configuration file and selects one bridge, as {@link parseConfig}. */
export function readConfig(path: string, environment: Environment = process.env, bridge?: string): Config {
  const file = readJsonFile(path, 'the configuration file', HINT);
  return parseConfig(file, environment, dirname(resolve(path)), bridge);
}
