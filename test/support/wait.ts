import { setTimeout as sleep } from 'node:timers/promises';

const TRIES_PER_SECOND = 10;

/**
 * Polls until there is a value; fails with a description of the awaited condition.
 * @param seconds Minimum, on an idle machine. Limits the number of polls, not the time: polls take longer on a busy
 * machine.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  seconds = 120,
): Promise<T> {
  let last: unknown;
  for (let tries = 0; tries < seconds * TRIES_PER_SECOND; tries++) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(1_000 / TRIES_PER_SECOND);
  }
  throw new Error(`waited ${seconds} s and longer for: ${what}`, { cause: last });
}
