/** Callers that wait for the next of something. */
export interface Waiters {
  /** Resolves at the next `wake`, or when the signal is aborted. */
  next(signal: AbortSignal): Promise<void>;
  /** Wakes all that wait. */
  wake(): void;
}

export function createWaiters(): Waiters {
  let waiting = new Set<() => void>();
  return {
    next(signal) {
      return new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        if (signal.aborted) return resolve();
        waiting.add(wake);
        signal.addEventListener('abort', wake);
      });
    },

    wake() {
      const woken = waiting;
      waiting = new Set();
      for (const wake of woken) wake();
    },
  };
}
