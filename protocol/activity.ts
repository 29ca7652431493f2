/* Periods of the transfer statistics, in seconds of block time. */

export const periods = ['hour', 'day', 'week'] as const;

export type Period = (typeof periods)[number];

/** Length in seconds. */
export const periodSeconds: Readonly<Record<Period, bigint>> = { hour: 3_600n, day: 86_400n, week: 604_800n };

/** The epoch began on a Thursday; weeks begin on Monday, at 0:00 UTC like days. */
const MONDAY_OFFSET: Readonly<Record<Period, bigint>> = { hour: 0n, day: 0n, week: 259_200n };

/** The number of the period that a time is in. */
export const periodOf = (period: Period, at: bigint): bigint => (at + MONDAY_OFFSET[period]) / periodSeconds[period];

/** The first second of a period. */
export const startOfPeriod = (period: Period, number: bigint): bigint =>
  number * periodSeconds[period] - MONDAY_OFFSET[period];
