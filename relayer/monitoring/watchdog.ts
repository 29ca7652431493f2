/** Detects stalled loops. A hanging loop throws nothing: only its missing rounds show it. */
export interface Watchdog {
  /** Expects a round of this loop at least every so many seconds, from now on. */
  expect(loop: string, seconds: number): void;
  /** Call after every round, also after one that failed and will be retried. */
  beat(loop: string): void;
  /** Expects no further round of this loop: it has ended. */
  forget(loop: string): void;
  /** The loops that are overdue, and their seconds since the last round. */
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
    forget: (loop) => void loops.delete(loop),
    stalled: () =>
      [...loops].flatMap(([loop, { limit, last }]) =>
        now() - last > limit ? [{ loop, seconds: Math.round(now() - last) }] : [],
      ),
  };
}
