import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';

/** One measured cost at one size of what grows. */
export interface Cost {
  /** What grows. */
  readonly axis: 'open transfers' | 'executed transfers' | 'pegs';
  readonly size: number;
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'requests' | 'MB';
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes of the heap that are in use. */
export function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/**
 * Milliseconds of processor time that one run of `work` takes: the least of three readings, so that what else the machine does
 * shows little. Each reading runs it so often that it can be told from nothing.
 */
export async function processor(work: () => unknown): Promise<number> {
  const readings: number[] = [];
  for (let reading = 0; reading < 3; reading++) {
    let runs = 0;
    let used = 0;
    for (const start = process.cpuUsage(); used < 20_000 && runs < 1_000; runs++) {
      await work();
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
    readings.push(used / runs / 1_000);
  }
  return Math.min(...readings);
}
