/** One measured value, as it is printed and written. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit });

/** The value below which this share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
