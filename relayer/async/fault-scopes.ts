import { AsyncLocalStorage } from 'node:async_hooks';

/** Attributes exceptions that nothing caught to the part of the process that they came from. */
export interface FaultScopes {
  /** Runs work of a part. Timers, events and promises that it starts belong to the part, too. */
  run<T>(onFault: (error: unknown) => void, work: () => T): T;
  /**
   * Passes an exception to the part that it came from; to be called by the handler of the process.
   * @returns false if it came from no part: the process must end.
   */
  handle(error: unknown): boolean;
}

export function createFaultScopes(): FaultScopes {
  const scopes = new AsyncLocalStorage<(error: unknown) => void>();
  return {
    run: (onFault, work) => scopes.run(onFault, work),
    handle(error) {
      const onFault = scopes.getStore();
      onFault?.(error);
      return onFault !== undefined;
    },
  };
}
