import { exactAmountOf } from '../inspect/format.ts';
import { limitWords, rateWords } from '../inspect/peg-words.ts';
import type { ProposalCall } from './proposal.ts';
import type { OpenedPeg } from './read-before.ts';

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
      ? made('minimum deposit', exactAmountOf(number('minimumDeposit'), main))
      : made('minimum redeem', exactAmountOf(number('minimumRedeem'), product)),
    ...(isMain ? [made('gas cap', `${number('gasCap')} gas`)] : []),
    made('outflow limit', limitWords(number('capacity'), number('refillPerSecond'), own)),
    made('largest flat fee, which never changes', exactAmountOf(number('maximumFlat'), own)),
    made('smallest fee pot that leaves', exactAmountOf(number('departMinimum'), own)),
    made(isMain ? 'at the product bridge' : 'at the main bridge', other),
  ];
}
