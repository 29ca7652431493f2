/**
 * Runs `work` one run at a time. A call during a run starts no second one: all such calls share one run after it. So a
 * result never predates its call, and runs end in the order in which they began.
 */
export function coalesce<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;

  return () => {
    if (next !== undefined) return next;
    next = last.then(() => {
      next = undefined;
      return work();
    });
    last = next.catch(() => undefined);
    return next;
  };
}

/**
 * Shares the result of `action` between calls with the same argument that begin before it has ended.
 * @param keyOf Of arguments that are objects: equal for the same argument.
 */
export function coalesceBy<A, T>(
  action: (argument: A) => Promise<T>,
  keyOf: (argument: A) => unknown = (argument) => argument,
): (argument: A) => Promise<T> {
  const running = new Map<unknown, Promise<T>>();
  return (argument) => {
    const key = keyOf(argument);
    const known = running.get(key);
    if (known !== undefined) return known;
    const started = action(argument).finally(() => running.delete(key));
    running.set(key, started);
    return started;
  };
}
