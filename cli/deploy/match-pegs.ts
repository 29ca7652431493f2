import type { Address } from 'viem';

import type { PegSpec } from './spec.ts';
import type { PegReading } from './read-bridge.ts';

type Words = Pick<PegSpec, 'name' | 'symbol' | 'decimals' | 'numerator' | 'denominator'>;

const sameWords = (spec: Words, { token, numerator, denominator }: PegReading): boolean =>
  token?.name === spec.name &&
  token.symbol === spec.symbol &&
  token.decimals === spec.decimals &&
  numerator === spec.numerator &&
  denominator === spec.denominator;

/**
 * Which peg of the product bridge each peg of the file is: the one that is all it says, else one with its symbol.
 * @returns For each of `specs` its product token, or undefined for one that is not open yet.
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
