import { type FleetHealth, type HealthInputs, healthOf, healthOfFleet, registerHealth } from './health.ts';
import { type Listen, createServer, listen } from './http-server.ts';
import { collectHealthMetrics, collectProcessMetrics } from '../monitoring/metrics-collector.ts';
import { measureEventLoopLag } from '../monitoring/event-loop-lag.ts';
import { type Metrics, createMetrics } from '../monitoring/metrics.ts';
import { type Problems, createProblems } from '../monitoring/problems.ts';
import type { ShardState } from '../shards/shard-states.ts';
import { type Watchdog, createWatchdog } from '../monitoring/watchdog.ts';

/** One bridge, as metrics and health show it. */
export interface BridgePicture {
  readonly name: string;
  /** Its own. */
  readonly metrics: Metrics;
  healthInputs(): HealthInputs;
  /** Sets the metrics that show the current state. */
  measure(): void;
}

/** State that exists only after the start; queried on every request. */
export interface Picture {
  /** The only bridge of the process, or several. */
  readonly bridges: () => BridgePicture | readonly BridgePicture[];
  /** True for a problem or a loop of the process that each bridge it concerns has among its own. */
  readonly isOfBridges: (part: string) => boolean;
  /** Undefined of a process that shares none. */
  readonly shards: () => readonly ShardState[] | undefined;
  /** Sets the metrics of the process. */
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

  const none = { heads: [], paused: [], margins: [] };
  const health = (): FleetHealth => {
    const own = { started: picture !== undefined, problems: problems.list(), stalled: watchdog.stalled(), ...none };
    const bridges = picture?.bridges();
    if (bridges === undefined) return healthOf(own);
    // The problems and loops of an only bridge are those of the process.
    if (!Array.isArray(bridges)) return healthOf((bridges as BridgePicture).healthInputs());
    // A chain that fails concerns the bridges on it, and not the process: other bridges may be well.
    const isOwn = (part: string): boolean => picture?.isOfBridges(part) !== true;
    const alone = {
      ...own,
      problems: own.problems.filter(({ part }) => isOwn(part)),
      stalled: own.stalled.filter(({ loop }) => isOwn(loop)),
    };
    const each = (bridges as readonly BridgePicture[]).map((one) => ({
      name: one.name,
      ...healthOf(one.healthInputs()),
    }));
    return { ...healthOfFleet(healthOf(alone), each), shards: picture?.shards() };
  };

  const server = await createServer({ openToPages: false, log });
  registerHealth(server, {
    registry: metrics.registry,
    health,
    measure(health) {
      collectProcessMetrics(metrics);
      metrics.eventLoopLag.set(lag.p99());
      collectHealthMetrics(metrics, health);
      picture?.measure();
      const each = [picture?.bridges() ?? []].flat();
      for (const [index, one] of each.entries()) {
        const own = health.bridges?.[index];
        if (own !== undefined) collectHealthMetrics(one.metrics, own);
        one.measure();
      }
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
