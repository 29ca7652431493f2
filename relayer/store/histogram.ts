/**
 * Counts of durations by bin, in bins of 4.4 % width: quantiles of any sum of histograms are within 5 %, and exact up
 * to ten seconds.
 */
export type Histogram = readonly number[];

const BINS_PER_DOUBLING = 16;

/** @param seconds Clocks of two chains may differ: a negative duration counts as 0. */
const binOf = (seconds: number): number => (seconds <= 0 ? 0 : Math.floor(Math.log2(seconds) * BINS_PER_DOUBLING) + 1);

/** The middle of a bin, in whole seconds. */
const middleOf = (bin: number): number => (bin === 0 ? 0 : Math.round(2 ** ((bin - 0.5) / BINS_PER_DOUBLING)));

export function count(histogram: number[], seconds: number): void {
  const bin = binOf(seconds);
  while (histogram.length <= bin) histogram.push(0);
  histogram[bin] = (histogram[bin] ?? 0) + 1;
}

export function addTo(histogram: number[], other: Histogram): void {
  while (histogram.length < other.length) histogram.push(0);
  for (let bin = 0; bin < other.length; bin++) histogram[bin] = (histogram[bin] ?? 0) + (other[bin] ?? 0);
}

/** The duration that this part of all durations does not exceed, in seconds; undefined for an empty histogram. */
export function quantile(histogram: Histogram, part: number): number | undefined {
  let total = 0;
  for (const some of histogram) total += some;
  let seen = 0;
  for (let bin = 0; bin < histogram.length; bin++) {
    seen += histogram[bin] ?? 0;
    if (seen > 0 && seen >= part * total) return middleOf(bin);
  }
  return undefined;
}

/** Counts joined by commas, those of empty bins left out: `,,3,,1`. */
export const formatHistogram = (histogram: Histogram): string =>
  histogram.map((some) => (some === 0 ? '' : some)).join();

/** Digit by digit: an answer reads a thousand of them. */
export function parseHistogram(text: string): number[] {
  const histogram: number[] = [];
  if (text === '') return histogram;
  let some = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COMMA) {
      histogram.push(some);
      some = 0;
    } else some = 10 * some + (code - ZERO);
  }
  histogram.push(some);
  return histogram;
}

const COMMA = 44;
const ZERO = 48;
