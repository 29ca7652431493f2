import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Metrics } from './metrics.ts';
import { runLoop } from '../async/loop.ts';
import type { Problems } from './problems.ts';
import type { Pulse } from './watchdog.ts';

/** One of a relayer's loops. */
export interface Loop {
  /** Its name in metrics and health. */
  readonly name: string;
  /** It has to come round at least every so many seconds. */
  readonly standSeconds: number;
  /** Does one round and answers how many seconds to wait. */
  readonly round: () => Promise<number>;
  /** What is ill while its rounds fail, as problems name it; without it, failing is no fault of this signer's. */
  readonly part?: string;
  readonly onError?: (error: unknown) => void;
}

/** What all loops of a process report to, and end with. */
export interface LoopContext {
  readonly pulse: Pulse;
  readonly problems: Problems;
  readonly metrics: Pick<Metrics, 'loopTimestamp'>;
  readonly signal: AbortSignal;
}

/** Seconds until a round that failed is tried again. */
const RETRY_SECONDS = 1;

/** Runs a loop until the signal, and says how it goes: pulse, metric, and a problem while its rounds fail. */
export function startLoop({ name, standSeconds, round, part, onError }: Loop, context: LoopContext): Promise<void> {
  const { pulse, problems, metrics, signal } = context;
  pulse.expect(name, standSeconds);
  return runLoop({
    signal,
    retrySeconds: RETRY_SECONDS,
    async round() {
      const wait = await round();
      if (part !== undefined) problems.clear(part);
      metrics.loopTimestamp.set({ loop: name }, Date.now() / 1_000);
      pulse.beat(name);
      return wait;
    },
    onError(error) {
      pulse.beat(name);
      if (part !== undefined) problems.set(part, codeOf(error), messageOf(error));
      onError?.(error);
    },
  });
}
