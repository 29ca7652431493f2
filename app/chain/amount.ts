import { formatUnits } from 'viem';

import type { Rate } from '../../protocol/peg.ts';

export type Parsed =
  | { readonly ok: true; readonly amount: bigint }
  | { readonly ok: false; readonly reason: 'empty' | 'not-a-number' | 'comma' | 'too-many-decimals' };

/** Parses input as base units: exact or rejected, never rounded. */
export function parseAmount(text: string, decimals: number): Parsed {
  const typed = text.replaceAll(/\s/g, '');
  if (typed === '' || typed === '.') return { ok: false, reason: 'empty' };
  const match = /^(\d*)(?:\.(\d*))?$/.exec(typed);
  // 1,5 or 1,500: a comma is a decimal mark to some and a thousands mark to others. Never guess.
  if (/^[\d.,]+$/.test(typed) && typed.includes(',')) return { ok: false, reason: 'comma' };
  // Longer than any uint256: reject before the arithmetic.
  if (match === null || typed.length > 100) return { ok: false, reason: 'not-a-number' };
  const [, whole = '', fraction = ''] = match;
  const meant = fraction.replace(/0+$/, '');
  if (meant.length > decimals) return { ok: false, reason: 'too-many-decimals' };
  return { ok: true, amount: BigInt(`${whole}${meant.padEnd(decimals, '0')}` || '0') };
}

/** For an amount field: exact, without thousands marks. */
export const plainAmount = (amount: bigint, decimals: number): string => formatUnits(amount, decimals);

/** For fees, which are estimates or means: three significant digits, rounded up. */
export function roundedUp(fee: bigint, decimals: number): string {
  const unit = 10n ** BigInt(Math.max(0, fee.toString().length - 3));
  return plainAmount(((fee + unit - 1n) / unit) * unit, decimals);
}

/** For display: exact, every digit, thousands separated by commas. */
export function showAmount(amount: bigint, decimals: number): string {
  const [whole = '0', fraction] = formatUnits(amount, decimals).split('.');
  const marked = whole.replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? marked : `${marked}.${fraction}`;
}

/** The rate in whole tokens, reduced: main tokens per product tokens. */
export function wholeRate(
  { numerator, denominator }: Pick<Rate, 'numerator' | 'denominator'>,
  mainDecimals: number,
  productDecimals: number,
): { readonly main: bigint; readonly product: bigint } {
  const main = denominator * 10n ** BigInt(productDecimals);
  const product = numerator * 10n ** BigInt(mainDecimals);
  const divisor = greatestCommonDivisor(main, product);
  return { main: main / divisor, product: product / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** `part` of `whole` in hundredths of a percent, for display; never on two lines. */
export const share = (part: bigint, whole: bigint): string =>
  whole === 0n ? '–' : `${(Number((part * 10_000n) / whole) / 100).toFixed(2)}\u00a0%`;
