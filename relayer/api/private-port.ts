import { type HealthInputs, healthOf, registerHealth } from './health.ts';
import { type Listen, createServer, listen } from './http-server.ts';
import { collectProcessMetrics } from '../monitoring/metrics-collector.ts';
import { measureEventLoopLag } from '../monitoring/event-loop-lag.ts';
import { type Metrics, createMetrics } from '../monitoring/metrics.ts';
import { type Problems, createProblems } from '../monitoring/problems.ts';
import { type Watchdog, createWatchdog } from '../monitoring/watchdog.ts';

/** State that exists only after the bridges were read; queried on every request. */
export interface Picture {
  healthInputs(): Pick<HealthInputs, 'heads' | 'paused' | 'margins'>;
  /** Sets the metrics that show the current state. */
  measure(): void;
}

/** Metrics and health. */
export interface PrivatePort {
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly watchdog: Watchdog;
  /** Enables readiness: the loops run. */
  started(picture: Picture): void;
  close(): Promise<void>;
}

/**
 * Opens the port before all other components, so that it reports what a start waits for: a node, the queue or a key.
 * @throws {PegwayError} exit code 2 when the port is in use.
 */
export async function openPrivatePort(
  at: Listen,
  { log, now }: { readonly log: { warn(o: object, m: string): void }; readonly now: () => number },
): Promise<PrivatePort> {
  const metrics = createMetrics();
  const problems = createProblems((problem) => log.warn(problem, 'problem'));
  const watchdog = createWatchdog(now);
  let picture: Picture | undefined;
  using opening = new DisposableStack();
  const lag = opening.use(measureEventLoopLag());

  const health = () =>
    healthOf({
      started: picture !== undefined,
      problems: problems.list(),
      stalled: watchdog.stalled(),
      ...(picture?.healthInputs() ?? { heads: [], paused: [], margins: [] }),
    });

  const server = await createServer({ openToPages: false });
  registerHealth(server, {
    registry: metrics.registry,
    health,
    measure(health) {
      collectProcessMetrics(metrics, health);
      metrics.eventLoopLag.set(lag.p99());
      picture?.measure();
    },
  });
  await listen(server, 'private', at);
  const opened = opening.move();

  return {
    metrics,
    problems,
    watchdog,
    started(shown) {
      picture = shown;
    },
    async close() {
      opened.dispose();
      await server.close();
    },
  };
}
