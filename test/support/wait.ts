import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer is there; fails, saying what was waited for, when it never is. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(`waited ${seconds} s for: ${what}`, { cause: last });
}
