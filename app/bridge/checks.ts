import { type Address, getAddress, isAddress, isAddressEqual, zeroAddress } from 'viem';

import { type Direction, type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { MAXIMUM_AMOUNT, isLimited, quote, sameRate, stepOf } from '../../protocol/peg.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { feeOf, isCoin, largestWithFee } from '../../sdk/index.ts';
import { parseAmount } from '../chain/amount.ts';
import type { Balances } from '../chain/balances.ts';
import type { Overview, PegView } from '../chain/overview.ts';

/** The holder's input. */
export interface Draft {
  readonly direction: Direction;
  readonly amount: string;
  /** Undefined for the holder's own account. */
  readonly recipient: string | undefined;
}

/** On-chain facts against which a draft is checked; undefined while loading. */
export interface Facts {
  readonly overview: Overview;
  readonly peg: PegView;
  readonly bridges: Readonly<Record<Side, Address>>;
  readonly account: Address | undefined;
  /** True if the account is a contract at the source, and its address has no code at the destination. */
  readonly isAbsent: boolean | undefined;
  readonly balances: Balances | undefined;
  /** Estimated network fee, in base units of the source chain's coin. */
  readonly fee: bigint | undefined;
  /** Simulated payment of this recipient by the main token; redeem only. */
  readonly payment: 'pays' | 'refuses' | undefined;
}

/** An amount of one of the two tokens, for display with its symbol. */
export interface TokenAmount {
  readonly side: Side;
  readonly amount: bigint;
}

/** A finding on a draft; an `error` blocks sending, a `notice` announces an effect. */
export type Finding =
  | { readonly on: 'amount'; readonly level: 'error'; readonly kind: 'empty' | 'not-a-number' | 'comma' }
  | { readonly on: 'amount'; readonly level: 'error'; readonly kind: 'too-many-decimals'; readonly decimals: number }
  | {
      readonly on: 'amount';
      readonly level: 'error';
      readonly kind: Extract<Reason, 'inexact-amount' | 'below-minimum' | 'too-large'>;
      /** A nearby amount that is valid. */
      readonly suggestion: TokenAmount;
      /** All amounts are multiples of this step. */
      readonly step: TokenAmount;
    }
  | {
      readonly on: 'amount';
      readonly level: 'error';
      readonly kind: 'over-balance';
      readonly balance: TokenAmount;
      /** The bridge's fee, on top of the amount. */
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
      readonly level: 'notice';
      /** The address was entered with a chain's short name (EIP-3770), which the bridge does not read. */
      readonly kind: 'prefixed';
      readonly prefix: string;
      readonly side: Side;
    }
  | {
      readonly on: 'recipient';
      /** An error, or a notice if the account's own address was entered. */
      readonly level: 'error' | 'notice';
      readonly kind: 'absent';
      readonly side: Side;
    }
  | { readonly on: 'form'; readonly level: 'error'; readonly kind: Extract<Reason, 'retired' | 'peg-mismatch'> }
  | { readonly on: 'form'; readonly level: 'notice'; readonly kind: 'no-decimals'; readonly side: Side }
  | {
      readonly on: 'form';
      readonly level: 'error' | 'notice';
      readonly kind: Extract<Reason, 'paused'>;
      readonly side: Side;
      /** In seconds since the epoch, by that chain's clock. */
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
  /** The amount entered, in base units; undefined unless it parses. */
  readonly amount: bigint | undefined;
  /** The amount that arrives, in base units of the destination's token; undefined unless the amount converts. */
  readonly arrives: bigint | undefined;
  readonly recipient: Address | undefined;
  /**
   * The bridge's fee on top of the amount, in base units of the source's token; undefined unless the amount converts.
   */
  readonly bridgeFee: bigint | undefined;
}

/**
 * Checks a draft before the wallet opens: the bridges' own rules, and checks beyond them, such as balances and
 * addresses.
 */
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

/** True if the transfer spends the coin that also pays for gas. */
const givesCoins = (peg: PegView, direction: Direction): boolean =>
  direction === 'mint' && isCoin(peg.tokens.main.address);

/** @param coins value of the transaction, in base units of the source chain's coin. */
function checkBridges({ direction }: Draft, { overview, peg, balances, fee }: Facts, coins: bigint): Finding[] {
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const findings: Finding[] = [];
  // Signers do not sign for such a peg: a transfer would depart and not arrive.
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
  const bare = ([source, destination] as const).find((side) => peg.tokens[side].missing.includes('decimals'));
  if (bare !== undefined) findings.push({ on: 'form', level: 'notice', kind: 'no-decimals', side: bare });
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

/** A chain's short name before an address (EIP-3770), such as `eth:0x…`; also `ethereum:` of EIP-681. */
const PREFIXED = /^([a-z\d-]{1,32}):(0x.*)$/i;

function checkRecipient(
  { direction, recipient: typed }: Draft,
  { account, isAbsent, peg, bridges, payment }: Facts,
): Pick<Checked, 'recipient' | 'findings'> {
  const refused = (kind: 'no-recipient' | 'not-an-address' | 'bad-checksum' | 'forbidden-recipient') => ({
    recipient: undefined,
    findings: [{ on: 'recipient', level: 'error', kind } as const],
  });
  const [, prefix, text] = PREFIXED.exec(typed?.trim() ?? '') ?? [undefined, undefined, typed?.trim()];
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
  if (prefix !== undefined) {
    findings.push({ on: 'recipient', level: 'notice', kind: 'prefixed', prefix, side: destinationOf(direction) });
  }
  if (isAddressEqual(recipient, account ?? zeroAddress)) {
    // While this is unknown, do not send to an address that may have no owner at the destination.
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
 * The largest amount that a balance covers: in whole steps, less the bridge's fee, and less the network fee where both
 * are paid in the same coin; or a part of it.
 */
export function largestOf(
  peg: PegView,
  direction: Direction,
  balances: Balances,
  cost = 0n,
  percent: 25n | 50n | 100n = 100n,
): bigint {
  const source = sourceOf(direction);
  const step = stepOf(peg.sides[source], direction);
  const balance = balances[source].token - (givesCoins(peg, direction) ? cost : 0n);
  const largest = (largestWithFee(peg.sides[source], balance) * percent) / 100n;
  return largest - (largest % step);
}
