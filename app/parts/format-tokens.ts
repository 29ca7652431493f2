import type { Side } from '../../protocol/lane.ts';
import { showAmount, wholeRate } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';

/** `12.5 SMENT`: exact, with every digit. */
export const amountOf = (peg: PegView, side: Side, amount: bigint): string =>
  `${showAmount(amount, peg.tokens[side].decimals)} ${peg.tokens[side].symbol}`;

/** Both sides of the rate in whole tokens: `1 SMENT` and `2 SNSD`. */
export function rateOf(peg: PegView): { readonly main: string; readonly product: string } {
  const { main, product } = wholeRate(peg.sides.main, peg.tokens.main.decimals, peg.tokens.product.decimals);
  return {
    main: `${showAmount(main, 0)} ${peg.tokens.main.symbol}`,
    product: `${showAmount(product, 0)} ${peg.tokens.product.symbol}`,
  };
}
