import { type Address, formatUnits, isAddress, parseUnits } from 'viem';

import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { reasons } from '../../protocol/reasons.ts';
import { type PegInfo, type TokenInfo, feeOf, quoteOf } from '../../sdk/index.ts';
import { didYouMean } from '../inspect/did-you-mean.ts';
import { wrong } from '../output.ts';
import { addressAt } from '../parse-address.ts';

/** A transfer, checked against its peg. Amounts in base units. */
export interface Plan {
  readonly direction: Direction;
  readonly peg: PegInfo;
  readonly from: TokenInfo;
  readonly to: TokenInfo;
  readonly amount: bigint;
  /** The bridge's, on top of the amount. */
  readonly fee: bigint;
  readonly arrives: bigint;
  readonly recipient: Address;
}

/** As a holder writes it. */
export interface PlanWords {
  readonly direction: Direction;
  /** Symbol or address of the product token. */
  readonly peg: string;
  readonly amount: string;
  /** Symbol of the token that the amount counts, if it is named. */
  readonly token: string | undefined;
  readonly recipient: string | undefined;
}

/** @throws {PegwayError} exit code 2, naming a similar symbol where there is one. */
export function pegNamed(known: readonly PegInfo[], name: string): PegInfo {
  const address = isAddress(name, { strict: false }) ? addressAt('peg', name) : undefined;
  const named = known.filter(({ product, productToken }) => product.symbol === name || productToken === address);
  const [peg, another] = named;
  if (another !== undefined) {
    const addresses = named.map(({ productToken }) => productToken).join(', ');
    throw wrong(`several pegs are named ${name}`, `name it by its address: ${addresses}`);
  }
  if (peg !== undefined) return peg;
  const symbols = known.map(({ product }) => product.symbol);
  const similar = didYouMean(name, symbols);
  throw wrong(
    `no peg is named ${name}`,
    similar === undefined ? `expected one of ${symbols.join(', ')}` : `did you mean ${similar}?`,
  );
}

function unitsOf(text: string, { decimals }: TokenInfo): bigint {
  if (!/^\d+(\.\d+)?$/.test(text)) throw wrong(`amount: expected a number, found ${text}`, 'for example 12.5');
  if ((text.split('.')[1] ?? '').length > decimals) {
    throw wrong(`amount: ${text} has more than the token's ${decimals} decimals`, 'nothing is rounded here');
  }
  return parseUnits(text, decimals);
}

export const amountOf = (amount: bigint, { symbol, decimals }: TokenInfo): string =>
  `${formatUnits(amount, decimals)} ${symbol}`;

/**
 * Resolves a transfer as a holder writes it. Without a named token the amount is of the token that departs.
 * @throws {PegwayError} exit code 2 when there is no such peg, or the amount does not cross.
 */
export function planOf(known: readonly PegInfo[], words: PlanWords, self: Address): Plan {
  const { direction } = words;
  const peg = pegNamed(known, words.peg);
  const [from, to] = [peg[sourceOf(direction)], peg[destinationOf(direction)]];
  const amount = departing(words, peg);
  const quoted = quoteOf(peg, direction, amount);
  if (!quoted.ok) {
    const nearest = `the nearest that would do: ${amountOf(quoted.suggestion, from)}`;
    throw wrong(`amount: ${reasons[quoted.reason]}`, nearest, quoted.reason);
  }
  const fee = feeOf(direction === 'mint' ? peg.depositFee : peg.redeemFee, amount);
  const recipient = words.recipient === undefined ? self : addressAt('--recipient', words.recipient);
  return { direction, peg, from, to, amount, fee, arrives: quoted.amount, recipient };
}

/** The amount that departs, also where the words name the amount that arrives. */
function departing({ direction, amount: text, token }: PlanWords, peg: PegInfo): bigint {
  const [from, to] = [peg[sourceOf(direction)], peg[destinationOf(direction)]];
  if (token === undefined || token === from.symbol) return unitsOf(text, from);
  if (token !== to.symbol) {
    throw wrong(
      `amount: ${token} is no token of this peg`,
      `expected ${from.symbol}, which departs, or ${to.symbol}, which arrives`,
    );
  }
  const [step, each] = direction === 'mint' ? [peg.numerator, peg.denominator] : [peg.denominator, peg.numerator];
  const arrives = unitsOf(text, to);
  if (arrives % step === 0n) return (arrives / step) * each;
  throw wrong(
    `amount: no amount of ${from.symbol} becomes exactly ${text} ${token}`,
    `a little less would do: ${amountOf(arrives - (arrives % step), to)}`,
    'inexact-amount',
  );
}

/** `2.5 SMENT become 5 SNSD for 0x…`, with the fee. */
export function describePlan({ amount, from, to, fee, arrives, recipient }: Plan, self: Address): string {
  const who = recipient === self ? `${recipient} (this account)` : recipient;
  const charged = fee === 0n ? '' : `, and ${amountOf(fee, from)} are the bridge's fee`;
  return `${amountOf(amount, from)} become ${amountOf(arrives, to)} for ${who}${charged}`;
}
