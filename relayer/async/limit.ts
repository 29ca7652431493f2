/**
 * Limits concurrency: at most `most` calls run at once, and further ones start in the order in which they were made.
 * @param seconds A call that takes longer no longer counts.
 */
export function limit(most: number, seconds?: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    let isCounted = true;
    const release = (): void => {
      if (!isCounted) return;
      isCounted = false;
      // The slot passes directly to the next call. Freeing it first would let a new call overtake the queue.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    };
    const late = seconds === undefined ? undefined : setTimeout(release, seconds * 1_000);
    try {
      return await work();
    } finally {
      clearTimeout(late);
      release();
    }
  };
}
