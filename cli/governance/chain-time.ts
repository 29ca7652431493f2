/** A moment as the chain counts it, in UTC to the second. */
export const moment = (seconds: bigint): string =>
  seconds > 8_640_000_000_000n
    ? `second ${seconds}`
    : new Date(Number(seconds) * 1_000).toISOString().replace('.000Z', 'Z');

/** `3 d 4 h`, `2 h 5 min`, `40 s`: two units at most. */
export function duration(seconds: bigint): string {
  const units = [
    ['d', 86_400n],
    ['h', 3_600n],
    ['min', 60n],
    ['s', 1n],
  ] as const;
  const parts: string[] = [];
  let rest = seconds;
  for (const [name, size] of units) {
    if (parts.length < 2 && rest >= size) parts.push(`${rest / size} ${name}`);
    else if (parts.length > 0) break;
    rest %= size;
  }
  return parts.join(' ') || '0 s';
}

/** `in 2 h` or `2 h ago`, seen from the newest block. */
export const relative = (seconds: bigint, now: bigint): string =>
  seconds > now ? `in ${duration(seconds - now)}` : `${duration(now - seconds)} ago`;
