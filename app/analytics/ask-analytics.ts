import type { Period } from '../../protocol/activity.ts';
import { type Analytics, type PeriodFigures, parseAnalytics } from '../api/statistics.ts';
import { ask } from '../api/ask.ts';
import type { Teller } from '../history/rows.ts';

/** What several relayers report, compared with one another. */
export interface ComparedAnalytics {
  /** By those that agree with the most others. */
  readonly analytics: Analytics;
  readonly tellers: readonly string[];
  /** Relayers that report other figures for periods that all of them have read whole. */
  readonly others: readonly string[];
}

export interface Report {
  readonly name: string;
  readonly analytics: Analytics;
}

/** An odd number, so that one that lies or errs stands alone. */
const ASKED = 3;

/** @returns undefined when no relayer answers. */
export async function askAnalytics(tellers: readonly Teller[], period: Period): Promise<ComparedAnalytics | undefined> {
  const reports: Report[] = [];
  for (let next = 0; next < tellers.length && reports.length < ASKED;) {
    const asked = tellers.slice(next, next + ASKED - reports.length);
    next += asked.length;
    const answers = await Promise.all(asked.map((teller) => askOne(teller, period).catch(() => undefined)));
    reports.push(...answers.filter((answer) => answer !== undefined));
  }
  return compare(reports);
}

async function askOne({ name, apiUrl }: Teller, period: Period): Promise<Report | undefined> {
  const analytics = parseAnalytics(await ask(apiUrl, `/v1/analytics?period=${period}`));
  return analytics?.period === period ? { name, analytics } : undefined;
}

export function compare(reports: readonly Report[]): ComparedAnalytics | undefined {
  // A relayer that still reads older blocks has less to add up, and is no witness.
  const complete = reports.filter(({ analytics }) => analytics.complete);
  const witnesses = complete.length > 0 ? complete : reports.slice(0, 1);
  const from = Math.max(...witnesses.map(({ analytics }) => analytics.from));
  const until = Math.min(...witnesses.map(({ analytics }) => analytics.until));
  const groups = [...Map.groupBy(witnesses, ({ analytics }) => essenceOf(analytics, from, until)).values()];
  const [most] = groups.toSorted((a, b) => b.length - a.length);
  if (most?.[0] === undefined) return undefined;
  return {
    analytics: most[0].analytics,
    tellers: most.map(({ name }) => name),
    others: groups.filter((group) => group !== most).flatMap((group) => group.map(({ name }) => name)),
  };
}

/** What honest relayers agree on: sums of periods that ended before both chains were read. Costs are read later. */
function essenceOf({ period, periods }: Analytics, from: number, until: number): string {
  const seconds = { hour: 3_600, day: 86_400, week: 604_800 }[period];
  const lines = periods
    .filter(({ at }) => at >= from && at + seconds <= until)
    .map(({ at, direction, productToken, departed, volume, fees, arrived, p50, p95 }: PeriodFigures) =>
      [at, direction, productToken, departed, volume, fees, arrived, p50, p95].join(),
    );
  return lines.toSorted().join('\n');
}
