import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Metrics } from './metrics.ts';
import { runLoop } from '../async/loop.ts';
import type { Problems } from './problems.ts';
import type { Watchdog } from './watchdog.ts';

/** One of a relayer's loops. */
export interface Loop {
  /** Its name in metrics and health. */
  readonly name: string;
  /** It has to come round at least every so many seconds. */
  readonly stallSeconds: number;
  /** Does one round and answers how many seconds to wait. */
  readonly round: () => Promise<number>;
  /** What is ill while its rounds fail, as problems name it; without it, failing is no fault of this signer's. */
  readonly part?: string;
  readonly onError?: (error: unknown) => void;
}

/** Seconds until a round that failed is tried again. */
const RETRY_SECONDS = 1;

/** Runs a loop until the signal, and says how it goes: watchdog, metric, and a problem while its rounds fail. */
export function startLoop(
  { name, stallSeconds, round, part, onError }: Loop,
  context: {
    readonly watchdog: Watchdog;
    readonly problems: Problems;
    readonly metrics: Pick<Metrics, 'loopTimestamp'>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { watchdog, problems, metrics, signal } = context;
  watchdog.expect(name, stallSeconds);
  return runLoop({
    signal,
    retrySeconds: RETRY_SECONDS,
    async round() {
      const wait = await round();
      if (part !== undefined) problems.clear(part);
      metrics.loopTimestamp.set({ loop: name }, Date.now() / 1_000);
      watchdog.beat(name);
      return wait;
    },
    onError(error) {
      watchdog.beat(name);
      if (part !== undefined) problems.set(part, codeOf(error), messageOf(error));
      onError?.(error);
    },
  });
}
