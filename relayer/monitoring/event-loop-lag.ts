import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Measures how late the event loop runs its timers: what held it meanwhile. */
export interface EventLoopLag extends Disposable {
  /** The 99th percentile since the last call, in seconds. */
  p99(): number;
}

/** Of the sampling, which runs outside JavaScript. In milliseconds. */
const RESOLUTION = 10;

type Samples = Pick<ReturnType<typeof monitorEventLoopDelay>, 'enable' | 'disable' | 'percentile' | 'reset'>;

/** @param samples Times between two runs of a timer that is due every 10 ms, in nanoseconds. */
export function measureEventLoopLag(
  samples: Samples = monitorEventLoopDelay({ resolution: RESOLUTION }),
): EventLoopLag {
  samples.enable();
  return {
    p99() {
      // Node records the time between two samples, which includes the interval itself.
      const lag = Math.max(0, samples.percentile(99) / 1e6 - RESOLUTION);
      samples.reset();
      return lag / 1_000;
    },
    [Symbol.dispose]: () => void samples.disable(),
  };
}
