import { formatUnits } from 'viem';

import { MAXIMUM_AMOUNT } from '../../protocol/peg.ts';
import type { ProposalCall } from './proposal.ts';
import type { OpenedPeg, TokenWords } from './read-before.ts';

const plain = (value: bigint, { symbol, decimals }: TokenWords): string => `${formatUnits(value, decimals)} ${symbol}`;

/** Seconds of a day: a refill a second has too many decimals to read. */
const DAY = 86_400n;

/** `no limit`, or how much may leave at once and how much more a day. */
export const limitWords = (capacity: bigint, refillPerSecond: bigint, token: TokenWords): string =>
  capacity === MAXIMUM_AMOUNT
    ? 'no limit'
    : `${plain(capacity, token)} at once, refilled by ${plain(refillPerSecond * DAY, token)} a day`;

/** The rate in whole tokens: `1 GLD = 10 GRAM`. Exact: the fraction is shown where one whole token does not convert. */
export function rateWords(numerator: bigint, denominator: bigint, main: TokenWords, product: TokenWords): string {
  const one = 10n ** BigInt(main.decimals);
  if ((one * numerator) % denominator === 0n) {
    return `1 ${main.symbol} = ${plain((one * numerator) / denominator, product)}`;
  }
  return `${plain(denominator, main)} = ${plain(numerator, product)}`;
}

/** One property of the new peg; there was none before. */
interface Made {
  readonly what: string;
  readonly from: undefined;
  readonly to: string;
}

/** The peg that an `openPeg` creates, in whole tokens. */
export function openedPegChanges(call: ProposalCall, { main, product, other }: OpenedPeg): Made[] {
  const number = (name: string): bigint => BigInt(String(call.args[name]));
  const isMain = 'minimumDeposit' in call.args;
  const own = isMain ? main : product;
  const rate = rateWords(number('numerator'), number('denominator'), main, product);
  const made = (what: string, to: string): Made => ({
    what: `new peg ${product.symbol}: ${what}`,
    from: undefined,
    to,
  });
  return [
    made('rate, which never changes', rate),
    made('main token', `${main.symbol} (${String(call.args['mainToken'])}, ${main.decimals} decimals)`),
    made(
      'product token',
      isMain
        ? `${product.symbol} (${String(call.args['productToken'])}, ${product.decimals} decimals)`
        : `${String(call.args['name'])} (${product.symbol}, ${product.decimals} decimals), to be created`,
    ),
    isMain
      ? made('minimum deposit', plain(number('minimumDeposit'), main))
      : made('minimum redeem', plain(number('minimumRedeem'), product)),
    ...(isMain ? [made('gas cap', `${number('gasCap')} gas`)] : []),
    made('outflow limit', limitWords(number('capacity'), number('refillPerSecond'), own)),
    made('largest flat fee, which never changes', plain(number('maximumFlat'), own)),
    made('smallest fee pot that leaves', plain(number('departMinimum'), own)),
    made(isMain ? 'at the product bridge' : 'at the main bridge', other),
  ];
}
