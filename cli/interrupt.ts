export interface Interrupt {
  /** Aborted at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves then. */
  readonly interrupted: Promise<'interrupted'>;
}

/** Listens for good: a second Ctrl-C must not end a command before the processes that it has started. */
export function onInterrupt(): Interrupt {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  const interrupted = new Promise<'interrupted'>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  return { signal: stopping.signal, interrupted };
}
