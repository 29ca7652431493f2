import { readFileSync, writeFileSync } from 'node:fs';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Where a suite's process leaves its counts for the runner; unset when the suite runs without the runner. */
const file = process.env.TEST_COUNTS;

export function writeCounts(counts: Counts): void {
  if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
}

export function readCounts(from: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(from, 'utf8')) as Counts;
  } catch {
    // The suite died before it could count.
    return undefined;
  }
}
