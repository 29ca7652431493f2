import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';

/** One measured cost at one size. */
export interface Cost {
  /** The quantity that grows. */
  readonly axis: 'open transfers' | 'executed transfers' | 'pegs' | 'nonces';
  readonly size: number;
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms' | 'requests' | 'MB';
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Used heap, in megabytes. */
export function heap(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}

/**
 * CPU time of one run of `work`, in milliseconds: the least of three readings, to suppress other load of the machine.
 * Each reading repeats the work until the time is measurable.
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
