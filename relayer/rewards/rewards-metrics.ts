import type { Address } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { RewardsStore } from '../store/rewards-store.ts';
import type { Rewards } from './rewards.ts';

export interface RewardsMetricsSources {
  readonly metrics: Pick<
    Metrics,
    'feePot' | 'feesTaken' | 'feePrice' | 'productCoinPrice' | 'rewardsPeriod' | 'rewardsEarned'
  >;
  readonly rewards: Pick<Rewards, 'pots' | 'progress'>;
  readonly store: Pick<RewardsStore, 'moved'>;
  readonly peg: (productToken: Address) => Pick<Peg, 'numerator' | 'denominator'> | undefined;
  readonly fees: { readonly prices: Readonly<Record<Address, number>>; readonly productCoinPrice: number };
}

/** Sets the gauges of fees and rewards just before a scrape. All amounts in main base units, so that they add up. */
export function collectRewardsMetrics({ metrics, rewards, store, peg: rateOf, fees }: RewardsMetricsSources): void {
  const moved: Record<Side, ReadonlyMap<Address, bigint>> = {
    main: store.moved('main'),
    product: store.moved('product'),
  };
  for (const { side, amount, productToken } of rewards.pots()) {
    const rate = rateOf(productToken);
    if (rate === undefined) continue;
    const pot = side === 'main' ? amount : (amount * rate.denominator) / rate.numerator;
    const labels = { peg: productToken, chain: side };
    metrics.feePot.set(labels, Number(pot));
    metrics.feesTaken.set(labels, Number(pot + (moved[side].get(productToken) ?? 0n)));
  }
  for (const [peg, price] of Object.entries(fees.prices)) metrics.feePrice.set({ peg }, price);
  metrics.productCoinPrice.set(fees.productCoinPrice);
  for (const { token, periods, published } of rewards.progress()) {
    metrics.rewardsPeriod.set({ token, state: 'computed' }, periods.length);
    if (published !== undefined) metrics.rewardsPeriod.set({ token, state: 'published' }, Number(published));
    metrics.rewardsEarned.set({ token }, Number(periods.at(-1)?.total ?? 0n));
  }
}
