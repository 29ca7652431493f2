import { setImmediate } from 'node:timers/promises';

import type { Address } from 'viem';

import { sides } from '../../protocol/lane.ts';
import { type RewardPeriod, createRewardTally, weekOf } from '../../protocol/rewards.ts';
import type { Place, RewardsStore } from '../store/rewards-store.ts';

/** The finished periods as this relayer computed them, in memory: the signing gate compares with nothing else. */
export interface RewardsBook {
  /** Recomputes all periods when a further week has ended at both chains. @returns true if it did. */
  update(): Promise<boolean>;
  /** Main tokens with at least one period. */
  tokens(): readonly Address[];
  /** Ascending; empty for a token without one. */
  periods(token: Address): readonly RewardPeriod[];
  /** Forgets the periods, as their facts are in doubt. */
  clear(): void;
}

export interface RewardsBookOptions {
  readonly store: Pick<RewardsStore, 'page'>;
  /** The time, in seconds, up to which the facts of both chains are complete; 0 while some are missing. */
  readonly until: () => bigint;
  readonly mainTokenOf: (productToken: Address) => Address | undefined;
}

/** The event loop is blocked meanwhile. */
const FACTS_AT_ONCE = 512;

export function createRewardsBook({ store, until, mainTokenOf }: RewardsBookOptions): RewardsBook {
  let computed: ReadonlyMap<Address, readonly RewardPeriod[]> = new Map();
  let week = 0n;

  return {
    async update() {
      const end = until();
      if (weekOf(end) <= week) return false;
      const tally = createRewardTally(mainTokenOf);
      // Amounts that departed on the product chain must be known before the main chain pays them.
      for (const side of sides.toReversed()) {
        let after: Place | undefined;
        for (;;) {
          const page = store.page(side, after, FACTS_AT_ONCE);
          for (const { fact } of page) tally.add(fact);
          after = page.at(-1);
          if (after === undefined) break;
          await setImmediate();
        }
      }
      computed = tally.periods(end);
      week = weekOf(end);
      return true;
    },

    tokens: () => [...computed].flatMap(([token, periods]) => (periods.length > 0 ? [token] : [])),
    periods: (token) => computed.get(token) ?? [],

    clear() {
      computed = new Map();
      week = 0n;
    },
  };
}
