import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { productTokenAddress } from './creation.ts';
import { type ResolvedPeg, codeDifferences } from './differences.ts';
import { type Journal, type PairRecord, recordsOf } from './journal.ts';
import { type Network, readerFor, refusal } from './chain-clients.ts';
import { type BridgeReading, type PegReading, readBridge } from './read-bridge.ts';
import type { BridgeSpec, Deployment, PegSpec } from './spec.ts';

/** Progress of one bridge of the file. */
export type Found =
  | {
      readonly kind: 'standing';
      readonly spec: BridgeSpec;
      readonly record: PairRecord | undefined;
      readonly readings: Readings;
    }
  /** Some of its transactions were sent: complete it as planned. */
  | { readonly kind: 'unfinished'; readonly spec: BridgeSpec; readonly record: PairRecord }
  | { readonly kind: 'missing'; readonly spec: BridgeSpec };

export type Readings = Readonly<Record<Side, BridgeReading>>;

export type Standing = Extract<Found, { kind: 'standing' }>;

export const sides = ['product', 'main'] as const;

/** Product tokens by `bridge/SYMBOL`, of the bridges read so far. */
export class Tokens {
  readonly #addresses = new Map<string, Address>();

  set(bridge: string, symbol: string, address: Address): void {
    this.#addresses.set(`${bridge}/${symbol}`, address);
  }

  /** A peg's main token: from the file, or minted by another peg. */
  mainTokenOf({ mainToken, path }: PegSpec): Address {
    if (typeof mainToken === 'string') return mainToken;
    const address = this.#addresses.get(`${mainToken.bridge}/${mainToken.peg}`);
    if (address !== undefined) return address;
    throw new PegwayError(`${path}.mainToken: ${mainToken.peg} of ${mainToken.bridge} is not known yet`, {
      hint: 'deploy that bridge first: run the same command again',
    });
  }
}

/**
 * Reads the chains and the journal, and sends nothing. @throws {PegwayError} for addresses in the file without code.
 */
export async function discover(
  { bridges }: Deployment,
  network: Network,
  journal: Pick<Journal, 'pairs'>,
): Promise<Found[]> {
  return Promise.all(
    bridges.map(async (spec): Promise<Found> => {
      const record = spec.addresses === undefined ? journal.pairs()[spec.name] : undefined;
      const addresses = spec.addresses ?? addressesOf(record);
      if (addresses === undefined) return { kind: 'missing', spec };
      const read = (side: Side) => {
        const { chainId } = spec[side];
        return readBridge(readerFor(network, spec[side]), { side, chainId, address: addresses[side] });
      };
      const [main, product] = await Promise.all([read('main'), read('product')]);
      if (main !== undefined && product !== undefined)
        return { kind: 'standing', spec, record, readings: { main, product } };
      if (record === undefined) {
        const side = main === undefined ? 'main' : 'product';
        const path = `bridges.${spec.name}.addresses.${side}`;
        throw refusal([`${path}: there is no contract at ${addresses[side]} on chain ${spec[side].chainId}`]);
      }
      const isSent = recordsOf(record).some(({ attempts }) => attempts.length > 0);
      const isBegun = isSent || main !== product;
      return isBegun ? { kind: 'unfinished', spec, record } : { kind: 'missing', spec };
    }),
  );
}

const addressesOf = (record: PairRecord | undefined): Readonly<Record<Side, Address>> | undefined =>
  record && { main: record.main.address, product: record.product.address };

/**
 * The pegs of a deployed bridge with their addresses. Pegs that are not open yet get the address that results from
 * opening them in the file's order.
 */
export function resolvePegs({ spec, readings }: Standing, tokens: Tokens): ResolvedPeg[] {
  const { product } = readings;
  const matched = matchPegs(spec.pegs, product.pegs);
  let index = product.pegs.length;
  return spec.pegs.map((peg, place): ResolvedPeg => {
    const open = matched[place];
    const productToken = open ?? productTokenAddress(product.address, peg, index++);
    tokens.set(spec.name, peg.symbol, productToken);
    return { ...peg, mainToken: tokens.mainTokenOf(peg), productToken, open: open !== undefined };
  });
}

/** A bridge of another release derives its product tokens' addresses differently. */
export function refuseForeignRelease({ spec, readings }: Standing, pegs: readonly ResolvedPeg[]): void {
  const first = pegs.find(({ open }) => !open);
  if (first === undefined || codeDifferences(spec, readings.main.address, readings.product).length === 0) return;
  throw refusal([
    `${first.path}: ${spec.name} was made by another release, which alone knows the address of a new product token: use that one`,
  ]);
}

type Words = Pick<PegSpec, 'name' | 'symbol' | 'decimals' | 'numerator' | 'denominator'>;

const sameWords = (spec: Words, { token, numerator, denominator }: PegReading): boolean =>
  token?.name === spec.name &&
  token.symbol === spec.symbol &&
  token.decimals === spec.decimals &&
  numerator === spec.numerator &&
  denominator === spec.denominator;

/**
 * Matches each peg of the file to one of the product bridge: an exact match first, else one with the same symbol.
 * @returns For each of `specs` its product token, or undefined if it is not open yet.
 */
export function matchPegs(specs: readonly Words[], readings: readonly PegReading[]): (Address | undefined)[] {
  const free = new Set(readings);
  const take = (fits: (reading: PegReading) => boolean): Address | undefined => {
    const found = [...free].find(fits);
    if (found === undefined) return undefined;
    free.delete(found);
    return found.productToken;
  };
  const exact = specs.map((spec) => take((reading) => sameWords(spec, reading)));
  return specs.map((spec, index) => exact[index] ?? take(({ token }) => token?.symbol === spec.symbol));
}
