import type { Rate } from '../../protocol/peg.ts';

/*
 * Gas of the calls that signers pay for, as measured by `npm run bench:gas` (bench/results/gas.json, cold storage): the
 * whole call for one transfer, and the average of a hundred in one call. test/cli/fees compares them with that file.
 */
export const benchGas = {
  mint: { one: 93_437n, ofHundred: 25_536n },
  withdraw: { one: 99_299n, ofHundred: 26_872n },
} as const;

/** Gas of one transfer in a batch: a part that the batch shares, and a part of its own. Rounded up. */
export function gasPerTransfer(
  { one, ofHundred }: { readonly one: bigint; readonly ofHundred: bigint },
  batch: bigint,
): bigint {
  const own = (100n * ofHundred - one) / 99n;
  const shared = one - own;
  return own + (shared + batch - 1n) / batch;
}

/** Prices of one whole coin or token, in 10^-18 of one currency. */
export interface Costs {
  /** Gas of one transfer on the chain where the signers pay for it. */
  readonly gas: bigint;
  /** In wei. */
  readonly gasPrice: bigint;
  /** Of the coin that pays for the gas. */
  readonly coinPrice: bigint;
  /** Of the token that the fee is taken in. */
  readonly tokenPrice: bigint;
  readonly tokenDecimals: number;
  /** In percent of the cost. */
  readonly margin: bigint;
}

/** The flat fee that covers a transfer's gas, in base units of the token, rounded up to three digits. Pure. */
export function flatFee({ gas, gasPrice, coinPrice, tokenPrice, tokenDecimals, margin }: Costs): bigint {
  const value = gas * gasPrice * coinPrice * (100n + margin) * 10n ** BigInt(tokenDecimals);
  const divisor = 10n ** 18n * tokenPrice * 100n;
  return roundedUp((value + divisor - 1n) / divisor);
}

function roundedUp(amount: bigint): bigint {
  const digits = amount.toString().length;
  if (digits <= 3) return amount;
  const step = 10n ** BigInt(digits - 3);
  return ((amount + step - 1n) / step) * step;
}

/** The price of one whole product token, from that of one whole main token at the peg's rate. Rounded down. */
export const productPrice = (
  { numerator, denominator }: Pick<Rate, 'numerator' | 'denominator'>,
  mainPrice: bigint,
  decimals: { readonly main: number; readonly product: number },
): bigint => (mainPrice * denominator * 10n ** BigInt(decimals.product)) / (numerator * 10n ** BigInt(decimals.main));
