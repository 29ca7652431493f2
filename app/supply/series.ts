import type { PegPoint } from '../api/answers.ts';

/** Amounts locked for several pegs at one moment, in main base units. */
export interface Moment {
  readonly at: number;
  readonly locked: readonly bigint[];
}

/** Merges each peg's own changes into one series: between its changes a peg keeps its amount. */
export function momentsOf(histories: readonly (readonly PegPoint[])[], now: Moment): Moment[] {
  const times = [...new Set(histories.flatMap((points) => points.map(({ at }) => at)))]
    .filter((at) => at < now.at)
    .toSorted((a, b) => a - b);
  const places = histories.map(() => 0);
  const moments = times.map((at) => ({
    at,
    locked: histories.map((points, index) => {
      let place = places[index] ?? 0;
      while (place < points.length && (points[place]?.at ?? Infinity) <= at) place++;
      places[index] = place;
      return points[place - 1]?.locked ?? 0n;
    }),
  }));
  return [...moments, now];
}

export interface Area {
  readonly path: string;
}

/** Stacked step areas from bottom to top, as SVG paths in a box of `width` by `height`. */
export function areasOf(moments: readonly Moment[], width: number, height: number): readonly Area[] {
  const first = moments[0]?.at ?? 0;
  const span = Math.max(1, (moments.at(-1)?.at ?? 0) - first);
  const most = moments.reduce((largest, { locked }) => {
    const sum = locked.reduce((total, part) => total + part, 0n);
    return sum > largest ? sum : largest;
  }, 1n);
  const x = ({ at }: Moment) => (((at - first) / span) * width).toFixed(1);
  // The chart is some hundred pixels high: four digits suffice.
  const y = (sum: bigint) => (height - (Number((sum * 10_000n) / most) / 10_000) * height).toFixed(1);
  const upTo = ({ locked }: Moment, count: number) => locked.slice(0, count).reduce((sum, part) => sum + part, 0n);

  const count = moments[0]?.locked.length ?? 0;
  return Array.from({ length: count }, (_, index) => {
    const top = stepsOf(moments.map((moment) => [x(moment), y(upTo(moment, index + 1))]));
    const bottom = stepsOf(moments.map((moment) => [x(moment), y(upTo(moment, index))])).toReversed();
    return { path: `M${[...top, ...bottom].map((dot) => dot.join(',')).join('L')}Z` };
  });
}

/** An amount holds until the next change. */
const stepsOf = (dots: readonly (readonly [string, string])[]): (readonly [string, string])[] =>
  dots.flatMap((dot, index) => {
    const before = dots[index - 1];
    return before === undefined ? [dot] : [[dot[0], before[1]] as const, dot];
  });
