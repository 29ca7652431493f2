import { type Address, getAddress, isAddress } from 'viem';

import { knownExplorers } from './chain/explorers.ts';
import type { Side } from '../protocol/lane.ts';
import { type Language, languages } from './settings.ts';

/** One chain with its bridge, from the page's configuration. */
export interface ChainConfig {
  readonly chainId: number;
  /** Display name in the page's language. */
  readonly name: string;
  /** Nodes, the preferred one first. */
  readonly rpcUrls: readonly string[];
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

/** The operator's name and look of the page. */
export interface Brand {
  readonly name: string;
  /** Path of a file beside the page; undefined for Pegway's own mark. */
  readonly logo: string | undefined;
  /** What the page is, in one sentence; undefined for the page's own. */
  readonly about: string | undefined;
  /** CSS colours of the two sides, by colour scheme. */
  readonly colours: Readonly<Record<Side, Shade | undefined>>;
  readonly links: { readonly help: string | undefined; readonly terms: string | undefined };
}

export interface Shade {
  readonly light: string;
  readonly dark: string;
}

export interface AppConfig {
  readonly brand: Brand;
  /** Logos of tokens: paths of files beside the page. */
  readonly logos: ReadonlyMap<Address, string>;
  readonly chains: Readonly<Record<Side, ChainConfig>>;
  readonly signers: readonly SignerConfig[];
  readonly pollSeconds: number;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** One configuration a language: names may be translated. @throws {ConfigError} as `parseConfig`. */
export const parseConfigs = (value: unknown): Readonly<Record<Language, AppConfig>> => ({
  en: parseConfig(value, 'en'),
  ko: parseConfig(value, 'ko'),
});

/** @throws {ConfigError} naming the field, the value found and the value expected. */
export function parseConfig(value: unknown, language: Language = 'en'): AppConfig {
  const root = record('the file', value);
  return {
    brand: brand(root['brand'] ?? {}, language),
    logos: logos(root['logos'] ?? {}),
    chains: { main: chain('main', root['main'], language), product: chain('product', root['product'], language) },
    signers: list('signers', root['signers'] ?? []).map((item, index) => signer(`signers[${index}]`, item)),
    pollSeconds: number('pollSeconds', root['pollSeconds'] ?? 4, 1, 60),
  };
}

/** Reads config.json from the page's folder. */
export async function loadConfig(): Promise<Readonly<Record<Language, AppConfig>>> {
  let value: unknown;
  try {
    const response = await fetch('./config.json', { cache: 'no-cache' });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    value = await response.json();
  } catch (cause) {
    throw new ConfigError('config.json beside the page cannot be read', { cause });
  }
  return parseConfigs(value);
}

/** All origins that the page may contact besides its own server. */
export const originsOf = ({ chains, signers }: AppConfig): string[] => [
  ...new Set(
    [...chains.main.rpcUrls, ...chains.product.rpcUrls, ...signers.flatMap(({ apiUrl }) => apiUrl ?? [])].map(
      (url) => new URL(url).origin,
    ),
  ),
];

function chain(name: string, value: unknown, language: Language): ChainConfig {
  const item = record(name, value);
  const coin = record(`${name}.coin`, item['coin'] ?? { symbol: 'ETH', decimals: 18 });
  const chainId = number(`${name}.chainId`, item['chainId'], 1, Number.MAX_SAFE_INTEGER);
  const rpcUrls = list(`${name}.rpcUrls`, item['rpcUrls'] ?? [item['rpcUrl']]);
  if (rpcUrls.length === 0) throw wrong(`${name}.rpcUrls`, rpcUrls, 'a list of at least one URL');
  return {
    chainId,
    name: translated(`${name}.name`, item['name'] ?? name, language),
    // As in the other files: several, or one as `rpcUrl`.
    rpcUrls: rpcUrls.map((one) => url(`${name}.rpcUrls`, one)),
    bridge: address(`${name}.bridge`, item['bridge']),
    coin: {
      symbol: text(`${name}.coin.symbol`, coin['symbol']),
      decimals: number(`${name}.coin.decimals`, coin['decimals'], 0, 36),
    },
    explorer: item['explorer'] === undefined ? knownExplorers[chainId] : url(`${name}.explorer`, item['explorer']),
    logRange: BigInt(number(`${name}.logRange`, item['logRange'] ?? 2_000, 1, 1_000_000)),
  };
}

function brand(value: unknown, language: Language): Brand {
  const item = record('brand', value);
  const colours = record('brand.colours', item['colours'] ?? {});
  const optionalUrl = (name: string) => (item[name] === undefined ? undefined : url(`brand.${name}`, item[name]));
  return {
    name: text('brand.name', item['name'] ?? 'Pegway'),
    logo: item['logo'] === undefined ? undefined : localFile('brand.logo', item['logo']),
    about: item['about'] === undefined ? undefined : translated('brand.about', item['about'], language, 400),
    colours: { main: shade('main', colours['main']), product: shade('product', colours['product']) },
    links: { help: optionalUrl('help'), terms: optionalUrl('terms') },
  };
}

function shade(side: Side, value: unknown): Shade | undefined {
  if (value === undefined) return undefined;
  const item = record(`brand.colours.${side}`, value);
  const colour = (name: keyof Shade): string => {
    const found = item[name];
    if (typeof found === 'string' && /^#[0-9a-f]{6}$/i.test(found)) return found;
    throw wrong(`brand.colours.${side}.${name}`, found, 'a colour such as #1d4ed8');
  };
  return { light: colour('light'), dark: colour('dark') };
}

const logos = (value: unknown): ReadonlyMap<Address, string> =>
  new Map(
    Object.entries(record('logos', value)).map(([token, file]) => [
      address(`logos: ${token}`, token),
      localFile(`logos.${token}`, file),
    ]),
  );

/** SECURITY: of the page's own server, as its content security policy requires; never another origin. */
function localFile(name: string, value: unknown): string {
  if (typeof value === 'string' && /^(?!.*\.\.)[\w-][\w./-]{0,200}$/.test(value)) return value;
  throw wrong(name, value, 'the path of a file beside the page, such as logos/token.svg');
}

/** A text, or one text a language: `{ "en": …, "ko": … }`; English stands in for a missing one. */
function translated(name: string, value: unknown, language: Language, longest = 80): string {
  if (typeof value !== 'object' || value === null) return text(name, value, longest);
  const item = record(name, value);
  const unknown = Object.keys(item).find((key) => !languages.some((one) => one === key));
  if (unknown !== undefined) throw wrong(`${name}.${unknown}`, item[unknown], `one of ${languages.join(', ')}`);
  return text(`${name}.${language}`, item[language] ?? item['en'], longest);
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

function text(name: string, value: unknown, longest = 80): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= longest) return value;
  throw wrong(name, value, `a text of 1 to ${longest} characters`);
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
