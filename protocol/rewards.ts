import type { Address, Hex } from 'viem';

import { indicesOf } from './attestation.ts';
import { countBits, maskedNonces } from './bitmap.ts';
import type { Side } from './lane.ts';
import { rewardsRoot } from './rewards-tree.ts';

/*
 * How fees become the signers' rewards: a pure function of events in final blocks. docs/rewards.md describes it with a worked
 * example, docs/rewards-vectors.json holds its test vectors. A change to anything here is a new version: signers of two
 * versions sign different roots, so a quorum must change together, at the end of a period.
 */

export const REWARDS_VERSION = 1;

export const WEEK_SECONDS = 604_800n;
/** 1970-01-01 was a Thursday, and a week begins on Monday, 00:00 UTC: three days later than a multiple of seven days. */
const MONDAY_OFFSET = 259_200n;

const BASIS_POINTS = 10_000n;
/** The part of each distribution that pays for transactions; the rest is shared equally. */
const WORK_BASIS_POINTS = 5_000n;
/** A signer shares equally if it signed at least this part of the period's executing calls. */
const PRESENCE_BASIS_POINTS = 1_000;

/** Units of work, in thousands of gas on cold storage (bench/results/gas.json): per transaction, and per transfer in it. */
const WORK_UNITS = {
  mint: { call: 69n, item: 25n },
  withdraw: { call: 73n, item: 26n },
  release: { call: 38n, item: 35n },
  bounce: { call: 21n, item: 70n },
} as const;

type Work = keyof typeof WORK_UNITS;

interface Placed {
  readonly side: Side;
  /** The block's timestamp, in seconds since the epoch. */
  readonly at: bigint;
}

interface Submitted extends Placed {
  /** Checksummed. */
  readonly productToken: Address;
  readonly transaction: Hex;
  /** The transaction's `from`. */
  readonly submitter: Address;
}

/** The input of the formula from one event. Addresses are checksummed, amounts in base units of the main token. */
export type RewardFact =
  /** `SignersChanged`: the list to which the masks of later executions on this side refer. */
  | (Placed & { readonly kind: 'signers'; readonly signers: readonly Address[] })
  /** `TransfersExecuted`. */
  | (Submitted & {
      readonly kind: 'executed';
      readonly firstNonce: bigint;
      readonly mask: bigint;
      readonly signerMask: number;
    })
  /** `TransferReleased`. */
  | (Submitted & { readonly kind: 'released'; readonly nonce: bigint })
  /** `TransferBounced`. */
  | (Submitted & { readonly kind: 'bounced' })
  /** `FeesCollected`, main side. */
  | (Placed & { readonly kind: 'collected'; readonly productToken: Address; readonly amount: bigint })
  /** `ProductTokenRedeem` of the bridge's own fees: an arrival once the main bridge pays it. */
  | (Placed & {
      readonly kind: 'departed';
      readonly productToken: Address;
      readonly nonce: bigint;
      readonly amount: bigint;
    });

/** A leaf of the cumulative root. */
export interface Share {
  readonly account: Address;
  /** Everything the account has ever earned in the token. */
  readonly earned: bigint;
}

/** One finished period of one main token. */
export interface RewardPeriod {
  /** As `Rewards` counts: the first is 1. */
  readonly period: bigint;
  /** First second after it: a Monday, 00:00 UTC. */
  readonly endsAt: bigint;
  /** Arrivals of the period and the remainder carried into it. */
  readonly distributed: bigint;
  /** Remainder carried into the next period. */
  readonly carried: bigint;
  /** Ascending by account. */
  readonly shares: readonly Share[];
  /** The sum of all `earned`. */
  readonly total: bigint;
  readonly root: Hex;
}

/** The week of a timestamp, counted from the one that began on Monday, 1969-12-29. */
export const weekOf = (at: bigint): bigint => (at + MONDAY_OFFSET) / WEEK_SECONDS;

/** The first second of a week. */
export const startOfWeek = (week: bigint): bigint => week * WEEK_SECONDS - MONDAY_OFFSET;

/** Arrivals and work of one main token in one week, or in the weeks of one period. */
interface Activity {
  arrived: bigint;
  /** Executing calls. */
  calls: number;
  readonly work: Map<Address, bigint>;
  /** Executing calls in which each signer's signature or approval counted. */
  readonly presence: Map<Address, number>;
}

const noActivity = (): Activity => ({ arrived: 0n, calls: 0, work: new Map(), presence: new Map() });

export interface RewardTally {
  /** Takes the facts of one side in the order of its chain; all of the product side before those of the main side. */
  add(fact: RewardFact): void;
  /**
   * The finished periods of each main token.
   * @param until In seconds: every event before it, on both chains, was added.
   */
  periods(until: bigint): ReadonlyMap<Address, readonly RewardPeriod[]>;
}

/** @param mainTokenOf The main token of a peg; undefined for an unknown one: its facts do not count. */
export function createRewardTally(mainTokenOf: (productToken: Address) => Address | undefined): RewardTally {
  const tokens = new Map<Address, Map<bigint, Activity>>();
  const signers: Record<Side, readonly Address[]> = { main: [], product: [] };
  /** Amounts on their way to the Rewards contract, by lane and nonce. */
  const departed = new Map<string, bigint>();
  /** The transaction of the last fact of each side, and the calls counted in it, by kind and main token. */
  const current: Record<Side, { transaction?: Hex; counted: Set<string> }> = {
    main: { counted: new Set() },
    product: { counted: new Set() },
  };

  const activityOf = (productToken: Address, at: bigint): Activity | undefined => {
    const token = mainTokenOf(productToken);
    if (token === undefined) return undefined;
    const weeks = getOr(tokens, token, () => new Map<bigint, Activity>());
    return getOr(weeks, weekOf(at), noActivity);
  };

  /** A call counts once per transaction and main token, however many of its kind a contract makes in it. */
  const work = (fact: Extract<RewardFact, Submitted>, kind: Work, items: number): void => {
    const activity = activityOf(fact.productToken, fact.at);
    if (activity === undefined) return;
    const state = current[fact.side];
    if (state.transaction !== fact.transaction) {
      state.transaction = fact.transaction;
      state.counted = new Set();
    }
    const { call, item } = WORK_UNITS[kind];
    const counted = `${kind} ${mainTokenOf(fact.productToken)}`;
    const units = (state.counted.has(counted) ? 0n : call) + BigInt(items) * item;
    state.counted.add(counted);
    activity.work.set(fact.submitter, (activity.work.get(fact.submitter) ?? 0n) + units);
  };

  const arrive = (productToken: Address, at: bigint, amount: bigint): void => {
    const activity = activityOf(productToken, at);
    if (activity !== undefined) activity.arrived += amount;
  };

  const arrivePaid = ({ side, productToken, at }: Extract<RewardFact, Submitted>, nonces: Iterable<bigint>): void => {
    if (side !== 'main') return;
    for (const nonce of nonces) arrive(productToken, at, departed.get(`${productToken} ${nonce}`) ?? 0n);
  };

  const addExecution = (fact: Extract<RewardFact, { kind: 'executed' }>): void => {
    // Everything was parked: the transaction moved nothing.
    if (fact.mask === 0n) return;
    const activity = activityOf(fact.productToken, fact.at);
    if (activity === undefined) return;
    activity.calls++;
    for (const index of indicesOf(fact.signerMask)) {
      const signer = signers[fact.side][index];
      if (signer !== undefined) activity.presence.set(signer, (activity.presence.get(signer) ?? 0) + 1);
    }
    work(fact, fact.side === 'main' ? 'withdraw' : 'mint', countBits(fact.mask));
    arrivePaid(fact, maskedNonces(fact.firstNonce, fact.mask));
  };

  return {
    add(fact) {
      switch (fact.kind) {
        case 'signers':
          signers[fact.side] = fact.signers;
          break;
        case 'executed':
          addExecution(fact);
          break;
        case 'released':
          work(fact, 'release', 1);
          arrivePaid(fact, [fact.nonce]);
          break;
        case 'bounced':
          work(fact, 'bounce', 1);
          break;
        case 'collected':
          arrive(fact.productToken, fact.at, fact.amount);
          break;
        case 'departed':
          departed.set(`${fact.productToken} ${fact.nonce}`, fact.amount);
      }
    },

    periods: (until) => new Map([...tokens].map(([token, weeks]) => [token, closePeriods(weeks, until)])),
  };
}

/**
 * A period ends with each week in which fees arrived; weeks without an arrival belong to the next one. So an idle bridge
 * publishes nothing, and work in a week without arrivals is paid by the next.
 */
function closePeriods(weeks: ReadonlyMap<bigint, Activity>, until: bigint): RewardPeriod[] {
  const periods: RewardPeriod[] = [];
  const earned = new Map<Address, bigint>();
  let open = noActivity();
  let carried = 0n;
  for (const [week, activity] of [...weeks].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const endsAt = startOfWeek(week + 1n);
    if (endsAt > until) break;
    open = sum(open, activity);
    if (activity.arrived === 0n) continue;

    const distributed = open.arrived + carried;
    carried = distribute(distributed, open, earned);
    open = noActivity();
    const shares = [...earned].map(([account, amount]): Share => ({ account, earned: amount }));
    shares.sort((a, b) => (a.account.toLowerCase() < b.account.toLowerCase() ? -1 : 1));
    const total = shares.reduce((all, share) => all + share.earned, 0n);
    const period = BigInt(periods.length + 1);
    periods.push({ period, endsAt, distributed, carried, shares, total, root: rewardsRoot(shares) });
  }
  return periods;
}

/** Adds the shares of one period to `earned`. @returns the remainder: from rounding, and halves without a claimant. */
function distribute(amount: bigint, { work, calls, presence }: Activity, earned: Map<Address, bigint>): bigint {
  let left = amount;
  const give = (account: Address, share: bigint): void => {
    if (share === 0n) return;
    earned.set(account, (earned.get(account) ?? 0n) + share);
    left -= share;
  };

  const forWork = (amount * WORK_BASIS_POINTS) / BASIS_POINTS;
  const units = [...work.values()].reduce((all, one) => all + one, 0n);
  for (const [account, own] of work) give(account, (forWork * own) / units);

  const present = [...presence].filter(([, times]) => times * Number(BASIS_POINTS) >= calls * PRESENCE_BASIS_POINTS);
  for (const [signer] of present) give(signer, (amount - forWork) / BigInt(present.length));
  return left;
}

function sum(a: Activity, b: Activity): Activity {
  const all = { ...noActivity(), arrived: a.arrived + b.arrived, calls: a.calls + b.calls };
  for (const { work, presence } of [a, b]) {
    for (const [account, units] of work) all.work.set(account, (all.work.get(account) ?? 0n) + units);
    for (const [signer, times] of presence) all.presence.set(signer, (all.presence.get(signer) ?? 0) + times);
  }
  return all;
}

function getOr<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const value = create();
  map.set(key, value);
  return value;
}
