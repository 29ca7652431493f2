import type { Address } from 'viem';

import type { BridgeEvent } from '../../relayer/chain/events.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import type { Side, Transfer } from '../../protocol/lane.ts';
import { type Peg, toProduct } from '../../protocol/peg.ts';
import { exactAmountOf } from '../inspect/format.ts';
import type { LaneStory } from './audit-lane.ts';
import type { PegTokens } from './peg-tokens.ts';

/** One peg at the pinned blocks, and its two lanes. */
export interface PegRecord {
  readonly peg: Peg;
  readonly tokens: PegTokens;
  readonly mainBridge: Address;
  readonly mint: LaneStory;
  readonly withdraw: LaneStory;
  /** The peg's events on both chains up to the pinned blocks, each in chain order. */
  readonly events: Readonly<Record<Side, readonly BridgeEvent[]>>;
  /** The blocks of the readings. */
  readonly at: Readonly<Record<Side, bigint>>;
  /** In main and product base units, read from the chains. */
  readonly locked: bigint;
  readonly supply: bigint;
  /** The product side's fee pot, in product base units: burned when collected, and not departed yet. */
  readonly feePot: bigint;
}

export interface PegAudit {
  readonly productToken: Address;
  readonly locked: bigint;
  readonly supply: bigint;
  readonly feePot: bigint;
  /** The error of rule 1's equation in product base units. */
  readonly gap: bigint;
  readonly deposits: number;
  readonly redeems: number;
  /** Departed and not yet executed, including parked ones. */
  readonly open: number;
  readonly bounced: number;
  readonly mistakes: readonly string[];
}

/**
 * Checks rule 1 over the whole history: sums locked and minted event by event, and compares them with both chains'
 * state. Pure.
 */
export function auditPeg(record: PegRecord): PegAudit {
  const { peg, tokens, mint, withdraw, at, locked, supply, feePot } = record;
  const { productToken } = peg;
  const mistakes = [...mint.mistakes, ...withdraw.mistakes, ...checkBounces(record)];
  const wrong = (text: string): void => void mistakes.push(`peg ${productToken}: ${text}`);

  // Executions with unknown content cannot be summed; `judgeUnfounded` decides separately if they are violations.
  const decided = mint.unfounded.length === 0 && withdraw.unfounded.length === 0;
  const inMain = (amount: bigint): string => exactAmountOf(amount, tokens.main);
  const inProduct = (amount: bigint): string => exactAmountOf(amount, tokens.product);
  const told = { main: follow(record, 'main', wrong), product: follow(record, 'product', wrong) };
  if (decided && told.main !== locked) wrong(`${inMain(locked)} are locked, by the events ${inMain(told.main)}`);
  // Fees are burned when collected and depart later, as redeems by the bridge itself: until then they are in the pot.
  const supplyTold = told.product - feePot;
  if (decided && supplyTold !== supply) {
    wrong(`the supply is ${inProduct(supply)}, by the events and the fee pot ${inProduct(supplyTold)}`);
  }

  const deposits = mint.departures.filter(({ blockNumber }) => blockNumber <= at.main);
  const redeems = withdraw.departures.filter(({ blockNumber }) => blockNumber <= at.product);
  const gap =
    toProduct(peg, locked) -
    supply -
    feePot -
    pending(mint, at.main).reduce((sum, { amount }) => sum + amount, 0n) -
    pending(withdraw, at.product).reduce((sum, { sourceAmount }) => sum + sourceAmount, 0n) +
    ahead(mint, at.main).reduce((sum, { amount }) => sum + amount, 0n) +
    ahead(withdraw, at.product).reduce((sum, { sourceAmount }) => sum + sourceAmount, 0n);
  if (decided && gap !== 0n) {
    wrong(
      `the equation is wrong by ${inProduct(gap)}: ${inMain(locked)} are locked for a supply of ${inProduct(supply)}, ` +
        `${inProduct(feePot)} in the fee pot, and what is under way`,
    );
  }

  return {
    ...{ productToken, locked, supply, feePot, gap },
    ...{ deposits: deposits.length, redeems: redeems.length },
    open: pending(mint, at.main).length + pending(withdraw, at.product).length,
    bounced: [...withdraw.standing.values()].filter((status) => status === 'bounced').length,
    mistakes,
  };
}

const isDone = ({ standing }: LaneStory, nonce: bigint): boolean =>
  standing.get(nonce) === 'executed' || standing.get(nonce) === 'bounced';

/** Departed by the source's pinned block, not executed by the destination's. */
const pending = (story: LaneStory, pinned: bigint): Transfer[] =>
  story.departures.filter(({ nonce, blockNumber }) => blockNumber <= pinned && !isDone(story, nonce));

/** Executed by the destination's pinned block, departed after the source's: the source was read a moment earlier. */
const ahead = (story: LaneStory, pinned: bigint): Transfer[] =>
  story.departures.filter(({ nonce, blockNumber }) => blockNumber > pinned && isDone(story, nonce));

/** Sums one side event by event; the balance must never be negative. */
function follow(record: PegRecord, side: Side, wrong: (text: string) => void): bigint {
  const { tokens, mint, withdraw, events, mainBridge } = record;
  let sum = 0n;
  const arriving = side === 'main' ? withdraw : mint;
  // Main: deposits add, payments subtract. Product: mints add, redeems subtract.
  const [adds, takes] = side === 'main' ? ['departed', 'arrived'] : ['arrived', 'departed'];
  const apply = (what: 'departed' | 'arrived', amount: bigint, event: BridgeEvent): void => {
    if (what === adds) sum += amount;
    if (what === takes) sum -= amount;
    if (sum < 0n) {
      wrong(`after ${event.transactionHash} the ${side} side was at ${exactAmountOf(sum, tokens[side])}, below zero`);
    }
  };
  for (const event of events[side]) {
    if (event.kind === 'departed') {
      // A bounce is a deposit by the bridge itself, which locks nothing.
      const bounce = side === 'main' && event.transfer.sender === mainBridge;
      if (!bounce) apply('departed', event.transfer.sourceAmount, event);
    } else if (event.kind === 'executed' || event.kind === 'released') {
      const nonces = event.kind === 'executed' ? maskedNonces(event.firstNonce, event.mask) : [event.nonce];
      for (const nonce of nonces) apply('arrived', arriving.departures[Number(nonce)]?.amount ?? 0n, event);
    }
  }
  return sum;
}

/**
 * Requires each bounce to match exactly one deposit by the bridge: same transaction, same amount, to the redeemer; and
 * vice versa.
 */
function checkBounces({ mint, withdraw, events, mainBridge }: PegRecord): string[] {
  const own = mint.departures.filter(({ sender }) => sender === mainBridge);
  const mistakes: string[] = [];
  const matched = new Set<Transfer>();
  for (const event of events.main) {
    if (event.kind !== 'bounced') continue;
    const redeem = withdraw.departures[Number(event.nonce)];
    const back = own.find(
      (one) =>
        !matched.has(one) &&
        one.transactionHash === event.transactionHash &&
        one.recipient === redeem?.sender &&
        one.sourceAmount === redeem.amount,
    );
    if (back === undefined)
      mistakes.push(`the bounce of nonce ${event.nonce} in ${event.transactionHash} has no deposit back`);
    else matched.add(back);
  }
  for (const one of own) {
    if (!matched.has(one))
      mistakes.push(`nonce ${one.nonce} in ${one.transactionHash} is a deposit of the bridge without a bounce`);
  }
  return mistakes;
}
