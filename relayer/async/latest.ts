/** A slot for the newest value: a slow consumer skips values, and a fast one waits. One consumer at a time. */
export interface Latest<T> {
  put(value: T): void;
  /** The newest value that was not taken yet; undefined when the signal is aborted first. */
  take(signal: AbortSignal): Promise<T | undefined>;
}

export function createLatest<T>(): Latest<T> {
  let held: { readonly value: T } | undefined;
  let deliver: (() => void) | undefined;

  return {
    put(value) {
      held = { value };
      deliver?.();
    },

    async take(signal) {
      if (held === undefined && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        const wake = () => resolve(undefined);
        deliver = wake;
        signal.addEventListener('abort', wake, { once: true });
        await promise;
        signal.removeEventListener('abort', wake);
      }
      deliver = undefined;
      const taken = held;
      held = undefined;
      return signal.aborted ? undefined : taken?.value;
    },
  };
}
