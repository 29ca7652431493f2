import { formatUnits } from 'viem';

import { periodSeconds } from '../../protocol/activity.ts';
import type { Direction } from '../../protocol/lane.ts';
import type { Analytics, PeriodFigures } from '../api/statistics.ts';
import type { PegView } from '../chain/overview.ts';

export const measures = ['transfers', 'volume', 'time'] as const;

export type Measure = (typeof measures)[number];

/** One bar of the chart: a value for each peg, or one for all. */
export interface Bar {
  readonly at: number;
  readonly parts: readonly number[];
}

/** Bars of every period of an answer, the empty ones included. */
export function barsOf(
  { period, from, to, periods }: Analytics,
  measure: Measure,
  pegs: readonly PegView[],
  direction: Direction | undefined,
): readonly Bar[] {
  const wanted = periods.filter((one) => direction === undefined || one.direction === direction);
  const byTime = Map.groupBy(wanted, ({ at }) => at);
  const step = Number(periodSeconds[period]);
  return Array.from({ length: Math.max(0, Math.round((to - from) / step)) }, (_, place) => {
    const at = from + place * step;
    const rows = byTime.get(at) ?? [];
    return { at, parts: measure === 'time' ? [slowest(rows, pegs)] : pegs.map((peg) => sumOf(rows, peg, measure)) };
  });
}

function sumOf(rows: readonly PeriodFigures[], peg: PegView, measure: 'transfers' | 'volume'): number {
  const own = rows.filter(({ productToken }) => productToken === peg.productToken);
  const sum = own.reduce((all, { departed, volume }) => all + (measure === 'volume' ? volume : departed), 0n);
  return measure === 'volume' ? Number(formatUnits(sum, peg.tokens.main.decimals)) : Number(sum);
}

/** Percentiles cannot be added: that of the slowest lane. */
const slowest = (rows: readonly PeriodFigures[], pegs: readonly PegView[]): number =>
  rows
    .filter(({ productToken }) => pegs.some((peg) => peg.productToken === productToken))
    .reduce((most, { p95 }) => Math.max(most, Number(p95 ?? 0n)), 0);

export const heightOf = ({ parts }: Bar): number => parts.reduce((sum, part) => sum + part, 0);

/**
 * The smallest of 1, 2, 4, 10, 20 … that is not below the highest bar.
 * @param least Not below this: of counts, 2, so that half of it is a whole number.
 */
export function scaleOf(bars: readonly Bar[], least = 0): number {
  const most = Math.max(...bars.map(heightOf), least);
  if (most === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 10].map((factor) => factor * power).find((top) => top >= most) ?? 10 * power;
}
