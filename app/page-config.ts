import { type Address, getAddress, isAddress } from 'viem';

import type { Side } from '../protocol/lane.ts';

/** One chain with its bridge, from the page's configuration. */
export interface ChainConfig {
  readonly chainId: number;
  /** Display name. */
  readonly name: string;
  readonly rpcUrl: string;
  readonly bridge: Address;
  /** The coin that pays for gas. */
  readonly coin: { readonly symbol: string; readonly decimals: number };
  /** Base URL of a block explorer, with a trailing slash, for links. */
  readonly explorer: string | undefined;
  /** Maximum block range of one `eth_getLogs` request. */
  readonly logRange: bigint;
}

/** Display data of a signer. The chains define the signers; this adds a name and the address of each relayer. */
export interface SignerConfig {
  readonly address: Address;
  readonly name: string;
  readonly apiUrl: string | undefined;
}

export interface AppConfig {
  readonly chains: Readonly<Record<Side, ChainConfig>>;
  readonly signers: readonly SignerConfig[];
  readonly pollSeconds: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} naming the field, the value found and the value expected. */
export function parseConfig(value: unknown): AppConfig {
  const root = record('the file', value);
  return {
    chains: { main: chain('main', root['main']), product: chain('product', root['product']) },
    signers: list('signers', root['signers'] ?? []).map((item, index) => signer(`signers[${index}]`, item)),
    pollSeconds: number('pollSeconds', root['pollSeconds'] ?? 4, 1, 60),
  };
}

/** Reads config.json from the page's folder. */
export async function loadConfig(): Promise<AppConfig> {
  let value: unknown;
  try {
    const response = await fetch('./config.json', { cache: 'no-cache' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    value = await response.json();
  } catch (cause) {
    throw new ConfigError('config.json beside the page cannot be read', { cause });
  }
  return parseConfig(value);
}

/** All origins that the page may contact besides its own server. */
export const originsOf = ({ chains, signers }: AppConfig): string[] => [
  ...new Set(
    [chains.main.rpcUrl, chains.product.rpcUrl, ...signers.flatMap(({ apiUrl }) => apiUrl ?? [])].map(
      (url) => new URL(url).origin,
    ),
  ),
];

function chain(name: string, value: unknown): ChainConfig {
  const item = record(name, value);
  const coin = record(`${name}.coin`, item['coin'] ?? { symbol: 'ETH', decimals: 18 });
  return {
    chainId: number(`${name}.chainId`, item['chainId'], 1, Number.MAX_SAFE_INTEGER),
    name: text(`${name}.name`, item['name'] ?? name),
    // As in the other files: the first of several, or one.
    rpcUrl: url(`${name}.rpcUrls`, list(`${name}.rpcUrls`, item['rpcUrls'] ?? [item['rpcUrl']])[0]),
    bridge: address(`${name}.bridge`, item['bridge']),
    coin: {
      symbol: text(`${name}.coin.symbol`, coin['symbol']),
      decimals: number(`${name}.coin.decimals`, coin['decimals'], 0, 36),
    },
    explorer: item['explorer'] === undefined ? undefined : url(`${name}.explorer`, item['explorer']),
    logRange: BigInt(number(`${name}.logRange`, item['logRange'] ?? 2_000, 1, 1_000_000)),
  };
}

function signer(name: string, value: unknown): SignerConfig {
  const item = record(name, value);
  return {
    address: address(`${name}.address`, item['address']),
    name: text(`${name}.name`, item['name']),
    apiUrl: item['apiUrl'] === undefined ? undefined : url(`${name}.apiUrl`, item['apiUrl']),
  };
}

const wrong = (name: string, found: unknown, expected: string): ConfigError =>
  new ConfigError(
    `config.json: ${name} is ${found === undefined ? 'missing' : JSON.stringify(found)}, expected ${expected}`,
  );

function record(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(name, value, 'an object');
}

function list(name: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw wrong(name, value, 'a list');
}

function text(name: string, value: unknown): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= 80) return value;
  throw wrong(name, value, 'a text of 1 to 80 characters');
}

function number(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least && value <= most) return value;
  throw wrong(name, value, `a number from ${least} to ${most}`);
}

function url(name: string, value: unknown): string {
  if (typeof value === 'string' && URL.canParse(value) && /^https?:/.test(value)) return value;
  throw wrong(name, value, 'an http or https URL');
}

function address(name: string, value: unknown): Address {
  if (typeof value === 'string' && isAddress(value, { strict: false })) return getAddress(value);
  throw wrong(name, value, 'an address');
}
