import { MAXIMUM_AMOUNT } from '../../protocol/peg.ts';
import { type TokenName, exactAmountOf } from './format.ts';

type Token = Pick<TokenName, 'symbol' | 'decimals'>;

/** Seconds of a day: a refill a second has too many decimals to read. */
const DAY = 86_400n;

/** `no limit`, or how much may leave at once and how much more a day. */
export const limitWords = (capacity: bigint, refillPerSecond: bigint, token: Token): string =>
  capacity === MAXIMUM_AMOUNT
    ? 'no limit'
    : `${exactAmountOf(capacity, token)} at once, refilled by ${exactAmountOf(refillPerSecond * DAY, token)} a day`;

/** The rate in whole tokens: `1 GLD = 10 GRAM`. Exact: the fraction is shown where one whole token does not convert. */
export function rateWords(numerator: bigint, denominator: bigint, main: Token, product: Token): string {
  const one = 10n ** BigInt(main.decimals);
  if ((one * numerator) % denominator === 0n) {
    return `1 ${main.symbol} = ${exactAmountOf((one * numerator) / denominator, product)}`;
  }
  return `${exactAmountOf(denominator, main)} = ${exactAmountOf(numerator, product)}`;
}
