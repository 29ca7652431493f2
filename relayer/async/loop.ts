/** Something done again and again until the signal; a round that fails is told to `onError` and tried again. */
export async function runLoop(options: {
  readonly signal: AbortSignal;
  /** Does one round and answers how many seconds to wait. */
  readonly round: () => Promise<number>;
  readonly onError: (error: unknown) => void;
  readonly retrySeconds: number;
}): Promise<void> {
  const { signal, round, onError, retrySeconds } = options;
  while (!signal.aborted) {
    let wait = retrySeconds;
    try {
      wait = await round();
    } catch (error) {
      onError(error);
    }
    await sleep(wait, signal);
  }
}

/** Ends early, without an error, when the signal is aborted. */
export const sleep = (seconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1_000);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
