/** When each loop last came round. A loop that hangs throws nothing: only that it stands tells of it. */
export interface Watchdog {
  /** From now on this loop has to come round at least every so many seconds. */
  expect(loop: string, seconds: number): void;
  /** It came round, or failed and will try again: either way it does not stand. */
  beat(loop: string): void;
  /** Loops that have not come round in time, and for how many seconds. */
  stalled(): readonly { readonly loop: string; readonly seconds: number }[];
}

export function createWatchdog(now: () => number): Watchdog {
  const loops = new Map<string, { readonly limit: number; last: number }>();
  return {
    expect(loop, seconds) {
      loops.set(loop, { limit: seconds, last: now() });
    },
    beat(loop) {
      const known = loops.get(loop);
      if (known !== undefined) known.last = now();
    },
    stalled: () =>
      [...loops].flatMap(([loop, { limit, last }]) =>
        now() - last > limit ? [{ loop, seconds: Math.round(now() - last) }] : [],
      ),
  };
}
