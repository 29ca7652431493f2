import { adviceOf, codeOf } from '../../protocol/errors.ts';
import type { Metrics } from './metrics.ts';
import { runLoop } from '../async/loop.ts';
import type { Problems } from './problems.ts';
import type { Watchdog } from './watchdog.ts';

/** One of the loops of the relayer. */
export interface Loop {
  /** Its name in metrics and health. */
  readonly name: string;
  /** The watchdog reports the loop as stalled after this many seconds without a round. */
  readonly stallSeconds: number;
  /** Does one round, and returns the seconds to wait before the next. */
  readonly round: () => Promise<number>;
  /** The part that has a problem while rounds fail. Without it a failure is not a problem of this signer. */
  readonly part?: string;
  readonly onError?: (error: unknown) => void;
  /** Wait after a round that failed; 1 s by default. */
  readonly retrySeconds?: number;
}

/** Shared by all loops of a process: their reports and their abort signal. */
export interface LoopContext {
  readonly watchdog: Watchdog;
  readonly problems: Problems;
  readonly metrics: Pick<Metrics, 'loopTimestamp'>;
  readonly signal: AbortSignal;
}

/** Runs a loop until the signal is aborted, and reports it to the watchdog, the metrics and the problems. */
export async function startLoop(
  { name, stallSeconds, round, part, onError, retrySeconds = 1 }: Loop,
  context: LoopContext,
): Promise<void> {
  const { watchdog, problems, metrics, signal } = context;
  watchdog.expect(name, stallSeconds);
  await runLoop({
    signal,
    retrySeconds,
    async round() {
      const wait = await round();
      if (part !== undefined) problems.clear(part);
      metrics.loopTimestamp.set({ loop: name }, Date.now() / 1_000);
      watchdog.beat(name);
      return wait;
    },
    onError(error) {
      // A failing loop has not stalled: it retries, and the problem reports the failure.
      watchdog.beat(name);
      if (part !== undefined) problems.set(part, codeOf(error), adviceOf(error));
      onError?.(error);
    },
  });
  // It has ended, as with a bridge that is removed while the process runs: its silence is no fault.
  watchdog.forget(name);
  metrics.loopTimestamp.remove({ loop: name });
}
