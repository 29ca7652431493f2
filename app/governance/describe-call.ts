import { type Address, type Hex, decodeFunctionData, formatUnits } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { isAdministrative } from '../../protocol/governance.ts';
import type { Side } from '../../protocol/lane.ts';
import { MAXIMUM_AMOUNT } from '../../protocol/peg.ts';
import { showAmount } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';
import type { Words } from '../i18n/en.ts';

export interface DescribeOptions {
  readonly words: Words;
  readonly pegs: readonly PegView[];
  /** A second of the chain as text. */
  readonly time: (seconds: bigint) => string;
}

/** A refill a second has too many decimals to read. */
const DAY = 86_400n;

/** One call of a proposal, in a sentence. Amounts are of the token that this side's bridge takes. */
export function describeCall(side: Side, data: Hex, { words, pegs, time }: DescribeOptions): string {
  const { calls, limit, noLimit, unknownCall } = words.governance;
  const found = decode(side, data);
  if (found === undefined || !isAdministrative(found.functionName)) return unknownCall(data.slice(0, 10));
  const args = (found.args ?? []) as readonly unknown[];
  const number = (place: number): bigint => BigInt(args[place] as bigint | number);
  const peg = pegs.find((one) => one.productToken === args[0]);
  const symbol = peg?.tokens.product.symbol ?? String(args[0]);
  const amount = (value: bigint): string =>
    peg === undefined
      ? showAmount(value, 0)
      : `${showAmount(value, peg.tokens[side].decimals)} ${peg.tokens[side].symbol}`;
  const limitText = (): string =>
    number(1) === MAXIMUM_AMOUNT ? noLimit : limit(amount(number(1)), amount(number(2) * DAY));

  switch (found.functionName) {
    case 'setSigners':
      return calls.setSigners(number(1).toString(), (args[0] as readonly Address[]).length.toString());
    case 'setDelays': {
      const delays = args[0] as Readonly<Record<string, number>>;
      const of = (name: string): string => words.duration(delays[name] ?? 0);
      return calls.setDelays(of('governanceDelay'), of('parkDelay'), of('pauseDuration'), of('bounceDelay'));
    }
    case 'openPeg': {
      const opened = args[0] as { readonly symbol?: string; readonly productToken?: Address };
      const known = pegs.find(({ productToken }) => productToken === opened.productToken)?.tokens.product.symbol;
      return calls.openPeg(opened.symbol ?? known ?? String(opened.productToken));
    }
    case 'retirePeg':
      return calls.retirePeg(symbol);
    case 'setGasCap':
      return calls.setGasCap(symbol, showAmount(number(1), 0));
    case 'setMinimum':
      return calls.setMinimum(symbol, amount(number(1)));
    case 'setLimit':
      return calls.setLimit(symbol, limitText());
    case 'lowerLimit':
      return calls.lowerLimit(symbol, limitText());
    case 'setFee':
      return calls.setFee(symbol, amount(number(1)), formatUnits(number(2), 2));
    case 'setDepartMinimum':
      return calls.setDepartMinimum(symbol, amount(number(1)));
    case 'voidParked':
      return calls.voidParked(symbol, (args[1] as readonly bigint[]).join(', '));
    case 'prolongPause':
      return calls.prolongPause(time(number(0)));
    case 'revokeSignatures':
    case 'renew':
    case 'unpause':
      return calls[found.functionName]();
  }
}

function decode(side: Side, data: Hex): { readonly functionName: string; readonly args?: unknown } | undefined {
  try {
    return decodeFunctionData({ abi: side === 'main' ? mainBridgeAbi : productBridgeAbi, data });
  } catch {
    return undefined;
  }
}
