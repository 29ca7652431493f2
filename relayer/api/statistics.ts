import type { Address } from 'viem';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { type Period, periodOf, periods, startOfPeriod } from '../../protocol/activity.ts';
import type { AnalyticsView, FiguresView, GovernanceHistoryView, SigningView } from '../../protocol/api-types.ts';
import type { Lane, Side } from '../../protocol/lane.ts';
import type { Head } from '../chain/finality.ts';
import { type Of, parse } from '../peers/routes.ts';
import { addressSchema } from '../schemas.ts';
import { type ActivityFigures, sumByLane } from '../store/activity.ts';
import { quantile } from '../store/histogram.ts';
import type { History } from '../store/history.ts';
import { governanceHistory } from './governance-history.ts';

/** Statistics of one bridge at the public port. */
export interface StatisticsPort {
  analytics(query: AnalyticsQuery): AnalyticsView;
  signing(): SigningView;
  governance(): GovernanceHistoryView;
}

/** Periods of an answer without `from`: two days of hours, a month of days, a year of weeks. */
const DEFAULT_PERIODS: Readonly<Record<Period, bigint>> = { hour: 48n, day: 30n, week: 52n };
/** The newest of a longer range. */
const MOST_PERIODS = 400n;
/** Lanes times periods: some 350 bytes each. */
const MOST_ROWS = 1_200;

const SIGNING_DAYS = 90n;

const seconds = z
  .string()
  .regex(/^\d{1,12}$/, 'expected seconds since the epoch')
  .transform((text) => BigInt(text));

const analyticsQuery = z
  .strictObject({
    period: z.enum(periods).default('day'),
    from: seconds.optional(),
    to: seconds.optional(),
    productToken: addressSchema.optional(),
    direction: z.enum(['mint', 'withdraw']).optional(),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    ...{ path: ['to'], message: 'expected a time after from' },
  });

export type AnalyticsQuery = z.output<typeof analyticsQuery>;

export function registerStatistics(server: FastifyInstance, of: Of<StatisticsPort>): void {
  server.get('/analytics', (request) => of(request).analytics(parse(analyticsQuery, request.query)));
  server.get('/signers', (request) => of(request).signing());
  server.get('/governance/history', (request) => of(request).governance());
}

export interface StatisticsOptions {
  readonly history: Pick<History, 'activity' | 'signatures' | 'events'>;
  readonly isComplete: () => boolean;
  readonly chainIds: Readonly<Record<Side, number>>;
  readonly watches: Readonly<Record<Side, { readonly head: Head | undefined }>>;
  /** Signers of both bridges. */
  readonly signers: () => readonly Address[];
  readonly lastSignatureAt: (signer: Address) => bigint | undefined;
  /** Mean time of a peer's answers, in seconds. */
  readonly latency: (signer: Address) => number | undefined;
}

export function createStatistics(options: StatisticsOptions): StatisticsPort {
  const { history, isComplete, chainIds, watches, signers, lastSignatureAt, latency } = options;

  const until = (): bigint => {
    const [main = 0n, product = 0n] = [watches.main.head?.timestamp, watches.product.head?.timestamp];
    return main < product ? main : product;
  };

  return {
    analytics({ period, from, to, productToken, direction }) {
      const [last, first] = rangeOf(period, from, to, until());
      const read = history.activity.rows({ period, first, last, productToken, direction, limit: MOST_ROWS + 1 });
      // A period of which some lanes do not fit is left out.
      const begin = read.length > MOST_ROWS ? (read.at(-1)?.number ?? 0n) + 1n : first;
      const rows = read.filter(({ number }) => number >= begin).reverse();
      return {
        period,
        from: startOfPeriod(period, begin),
        to: startOfPeriod(period, last + 1n),
        until: until(),
        complete: isComplete(),
        totals: sumByLane(rows).map(figuresView),
        periods: rows.map((row) => ({ at: startOfPeriod(period, row.number), ...figuresView(row) })),
      };
    },

    signing() {
      const day = periodOf('day', until());
      const since = day < SIGNING_DAYS ? 0n : startOfPeriod('day', day - SIGNING_DAYS + 1n);
      const found = history.signatures.since(since);
      return {
        since,
        complete: isComplete(),
        batches: found.batches,
        signers: signers().map((address) => {
          const counted = found.signers.find((one) => one.address === address);
          return {
            address,
            batches: counted?.batches ?? 0,
            lastSignatureAt: newest(counted?.at, lastSignatureAt(address)),
            latencySeconds: rounded(latency(address)),
          };
        }),
      };
    },

    governance: () => governanceHistory({ store: history.events, chainIds, isComplete }),
  };
}

/** @returns the numbers of the last and the first period. */
function rangeOf(period: Period, from: bigint | undefined, to: bigint | undefined, until: bigint): [bigint, bigint] {
  const end = to ?? (from === undefined || from < until ? until + 1n : from + 1n);
  const last = periodOf(period, end - 1n);
  const oldest = last < MOST_PERIODS ? 0n : last - MOST_PERIODS + 1n;
  const count = DEFAULT_PERIODS[period];
  const first = from === undefined ? (last < count ? 0n : last - count + 1n) : periodOf(period, from);
  return [last, first > oldest ? first : oldest];
}

const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 1_000) / 1_000;

const newest = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

function figuresView(row: Lane & ActivityFigures): FiguresView {
  const { direction, productToken, departed, volume, fees, arrived, times, gas, priced } = row;
  return {
    ...{ direction, productToken, departed, volume, fees, arrived },
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    ...{ gas, priced },
  };
}
