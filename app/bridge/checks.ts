import { type Address, getAddress, isAddress, isAddressEqual, zeroAddress } from 'viem';

import { type Direction, type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { MAXIMUM_AMOUNT, isLimited, quote, sameRate, stepOf } from '../../protocol/peg.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { feeOf, isCoin, largestWithFee } from '../../sdk/index.ts';
import { parseAmount } from '../chain/amount.ts';
import type { Balances } from '../chain/balances.ts';
import type { Overview, PegView } from '../chain/overview.ts';

/** What a holder has entered. */
export interface Draft {
  readonly direction: Direction;
  readonly amount: string;
  /** Undefined: the holder's own account. */
  readonly recipient: string | undefined;
}

/** What the chains say that a draft is held against; undefined is not known (yet). */
export interface Facts {
  readonly overview: Overview;
  readonly peg: PegView;
  readonly bridges: Readonly<Record<Side, Address>>;
  readonly account: Address | undefined;
  /** Whether the account is a contract at the source, and nothing stands at its address at the destination. */
  readonly isAbsent: boolean | undefined;
  readonly balances: Balances | undefined;
  /** What the transaction costs about, in base units of the source chain's coin. */
  readonly fee: bigint | undefined;
  /** Whether the main token would pay this recipient; redeem only. */
  readonly payment: 'pays' | 'refuses' | undefined;
}

/** An amount of one of the two tokens, to be shown with its symbol. */
export interface TokenAmount {
  readonly side: Side;
  readonly amount: bigint;
}

/** What there is to say of a draft; `error` stops it, `notice` tells what will happen. */
export type Finding =
  | { readonly on: 'amount'; readonly level: 'error'; readonly kind: 'empty' | 'not-a-number' }
  | { readonly on: 'amount'; readonly level: 'error'; readonly kind: 'too-many-decimals'; readonly decimals: number }
  | {
      readonly on: 'amount';
      readonly level: 'error';
      readonly kind: Extract<Reason, 'inexact-amount' | 'below-minimum' | 'too-large'>;
      /** An amount near it that would do. */
      readonly suggestion: TokenAmount;
      /** All amounts are multiples of this. */
      readonly step: TokenAmount;
    }
  | {
      readonly on: 'amount';
      readonly level: 'error';
      readonly kind: 'over-balance';
      readonly balance: TokenAmount;
      /** The bridge's, on top of the amount. */
      readonly fee: TokenAmount;
      readonly suggestion: TokenAmount;
    }
  | {
      readonly on: 'amount';
      readonly level: 'notice';
      readonly kind: Extract<Reason, 'parked'>;
      readonly available: TokenAmount;
      readonly delaySeconds: number;
    }
  | {
      readonly on: 'recipient';
      readonly level: 'error';
      readonly kind: 'no-recipient' | 'not-an-address' | 'bad-checksum';
    }
  | {
      readonly on: 'recipient';
      readonly level: 'error';
      readonly kind: Extract<Reason, 'forbidden-recipient' | 'payment-refused'>;
    }
  | { readonly on: 'recipient'; readonly level: 'notice'; readonly kind: 'somebody-else' }
  | {
      readonly on: 'recipient';
      /** An error unless the account's own address was entered. */
      readonly level: 'error' | 'notice';
      readonly kind: 'absent';
      readonly side: Side;
    }
  | { readonly on: 'form'; readonly level: 'error'; readonly kind: Extract<Reason, 'retired' | 'peg-mismatch'> }
  | {
      readonly on: 'form';
      readonly level: 'error' | 'notice';
      readonly kind: Extract<Reason, 'paused'>;
      readonly side: Side;
      /** Seconds since the epoch, as that chain counts. */
      readonly until: bigint;
    }
  | {
      readonly on: 'form';
      readonly level: 'error';
      readonly kind: 'low-coins';
      readonly side: Side;
      readonly needed: bigint;
      readonly have: bigint;
    };

export interface Checked {
  readonly findings: readonly Finding[];
  /** What was entered, in base units, once it is a number. */
  readonly amount: bigint | undefined;
  /** What arrives, in base units of the destination's token, once the amount converts. */
  readonly arrives: bigint | undefined;
  readonly recipient: Address | undefined;
  /** What the bridge takes on top of the amount, in base units of the source's token, once the amount converts. */
  readonly bridgeFee: bigint | undefined;
}

/** Everything there is to say of a draft, before a wallet is opened: the same rules as the bridges', and some of the world's. */
export function check(draft: Draft, facts: Facts): Checked {
  const { amount, arrives, findings: onAmount } = checkAmount(draft, facts);
  const { recipient, findings: onRecipient } = checkRecipient(draft, facts);
  const { direction } = draft;
  const given = arrives === undefined ? undefined : amount;
  const bridgeFee = given === undefined ? undefined : feeOf(facts.peg.sides[sourceOf(direction)], given);
  const coins = givesCoins(facts.peg, direction) ? (given ?? 0n) + (bridgeFee ?? 0n) : 0n;
  const onBridges = checkBridges(draft, facts, coins);
  return { amount, arrives, recipient, bridgeFee, findings: [...onBridges, ...onAmount, ...onRecipient] };
}

/** Whether what is given is the coin that the transaction is paid from. */
const givesCoins = (peg: PegView, direction: Direction): boolean =>
  direction === 'mint' && isCoin(peg.tokens.main.address);

/** @param coins what goes with the transaction, in base units of the source chain's coin. */
function checkBridges({ direction }: Draft, { overview, peg, balances, fee }: Facts, coins: bigint): Finding[] {
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const findings: Finding[] = [];
  // No signer signs anything of it: what departed would not arrive.
  if (!sameRate(peg.sides.main, peg.sides.product)) {
    findings.push({ on: 'form', level: 'error', kind: 'peg-mismatch' });
  }
  const isPaused = (side: Side) => overview.sides[side].pausedUntil > overview.sides[side].head.timestamp;
  if (direction === 'mint' && peg.sides.main.retired) findings.push({ on: 'form', level: 'error', kind: 'retired' });
  for (const side of [source, destination]) {
    if (!isPaused(side)) continue;
    const until = overview.sides[side].pausedUntil;
    // A transfer may depart while the other side is paused; it waits there.
    findings.push({ on: 'form', level: side === source ? 'error' : 'notice', kind: 'paused', side, until });
  }
  const have = balances?.[source].coins;
  if (fee !== undefined && have !== undefined && have < fee + coins) {
    findings.push({ on: 'form', level: 'error', kind: 'low-coins', side: source, needed: fee + coins, have });
  }
  return findings;
}

function checkAmount(
  { direction, amount: typed }: Draft,
  { peg, balances, overview, fee }: Facts,
): Pick<Checked, 'amount' | 'arrives' | 'findings'> {
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const { decimals } = peg.tokens[source];
  const refused = (finding: Finding, amount?: bigint) => ({ amount, arrives: undefined, findings: [finding] });

  const parsed = parseAmount(typed, decimals);
  if (!parsed.ok) {
    const { reason } = parsed;
    return reason === 'too-many-decimals'
      ? refused({ on: 'amount', level: 'error', kind: reason, decimals })
      : refused({ on: 'amount', level: 'error', kind: reason });
  }
  const { amount } = parsed;
  const { minimum } = peg.sides[source];
  const step = { side: source, amount: stepOf(peg.sides[source], direction) };
  const quoted = quote(peg.sides[source], direction, amount, minimum);
  if (!quoted.ok) {
    const suggestion = quoted.suggestion < minimum ? minimum : quoted.suggestion;
    const kind = quoted.reason;
    return refused(
      { on: 'amount', level: 'error', kind, step, suggestion: { side: source, amount: suggestion } },
      amount,
    );
  }
  const headroom = MAXIMUM_AMOUNT - peg.locked;
  if (direction === 'mint' && amount > headroom) {
    const suggestion = { side: source, amount: headroom - (headroom % step.amount) };
    return refused({ on: 'amount', level: 'error', kind: 'too-large', step, suggestion }, amount);
  }

  const findings: Finding[] = [];
  const balance = balances?.[source].token;
  const bridgeFee = feeOf(peg.sides[source], amount);
  if (balances !== undefined && balance !== undefined && amount + bridgeFee > balance) {
    findings.push({
      on: 'amount',
      level: 'error',
      kind: 'over-balance',
      balance: { side: source, amount: balance },
      fee: { side: source, amount: bridgeFee },
      suggestion: { side: source, amount: largestOf(peg, direction, balances, fee) },
    });
  }
  const limit = peg.sides[destination];
  if (isLimited(limit) && quoted.amount > limit.available) {
    findings.push({
      on: 'amount',
      level: 'notice',
      kind: 'parked',
      available: { side: destination, amount: limit.available },
      delaySeconds: overview.sides[destination].parkDelay,
    });
  }
  return { amount, arrives: quoted.amount, findings };
}

function checkRecipient(
  { direction, recipient: typed }: Draft,
  { account, isAbsent, peg, bridges, payment }: Facts,
): Pick<Checked, 'recipient' | 'findings'> {
  const refused = (kind: 'no-recipient' | 'not-an-address' | 'bad-checksum' | 'forbidden-recipient') => ({
    recipient: undefined,
    findings: [{ on: 'recipient', level: 'error', kind } as const],
  });
  const text = typed?.trim();
  if (text === '') return refused('no-recipient');
  if (text !== undefined && !isAddress(text, { strict: false })) return refused('not-an-address');
  // All lower or all upper case carries no checksum; a wrong one is a typing error.
  if (text !== undefined && !isAddress(text) && !/^0x([0-9a-f]{40}|[0-9A-F]{40})$/.test(text)) {
    return refused('bad-checksum');
  }
  const recipient = text === undefined ? account : getAddress(text);
  if (recipient === undefined) return { recipient, findings: [] };

  const forbidden = [zeroAddress, peg.tokens.main.address, peg.tokens.product.address, bridges.main, bridges.product];
  if (forbidden.some((address) => isAddressEqual(address, recipient))) return refused('forbidden-recipient');
  const findings: Finding[] = [];
  if (isAddressEqual(recipient, account ?? zeroAddress)) {
    // Until it is known nothing is sent to an address where perhaps nobody is.
    if (isAbsent === undefined) return { recipient: undefined, findings: [] };
    const level = text === undefined ? 'error' : 'notice';
    if (isAbsent) findings.push({ on: 'recipient', level, kind: 'absent', side: destinationOf(direction) });
  }
  if (payment === 'refuses') findings.push({ on: 'recipient', level: 'error', kind: 'payment-refused' });
  if (account !== undefined && !isAddressEqual(recipient, account)) {
    findings.push({ on: 'recipient', level: 'notice', kind: 'somebody-else' });
  }
  return { recipient, findings };
}

/**
 * The most that a balance gives, in whole steps, less the bridge's fee, and less what the transaction costs where both are paid
 * in the same coin.
 */
export function largestOf(peg: PegView, direction: Direction, balances: Balances, cost = 0n): bigint {
  const source = sourceOf(direction);
  const step = stepOf(peg.sides[source], direction);
  const balance = balances[source].token - (givesCoins(peg, direction) ? cost : 0n);
  const largest = largestWithFee(peg.sides[source], balance);
  return largest - (largest % step);
}
