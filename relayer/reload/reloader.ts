import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { ProcessConfig } from '../config.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { ConfigSource } from './config-source.ts';
import { type ReloadPlan, planReload } from './plan-reload.ts';

/** Interval at which the file is compared with what was read last. */
const POLL_SECONDS = 2;
/** Wait before a reload is repeated that failed for a reason other than the file, such as a node that does not answer. */
const RETRY_SECONDS = 10;

export interface ReloaderOptions {
  readonly source: ConfigSource;
  readonly running: () => ProcessConfig;
  /** @throws {PegwayError} when the plan does not fit the chains or the keys; nothing has changed then. */
  readonly check: (plan: ReloadPlan) => Promise<void>;
  readonly apply: (plan: ReloadPlan) => Promise<void>;
  readonly metrics: Pick<Metrics, 'configRefused' | 'configReloaded'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly log: Readonly<Record<'info' | 'warn', (details: object, message: string) => void>>;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
  readonly pollSeconds?: number;
}

/**
 * One round of the loop that applies an edited configuration file to the running process: at a request, or once an edit has been
 * unchanged for one poll, so that a file that is being written is not read. A configuration is applied or refused as a whole.
 */
export function createReloader(options: ReloaderOptions): () => Promise<number> {
  const { source, running, check, apply, metrics, problems, log, signal, now, pollSeconds = POLL_SECONDS } = options;
  /** Of the last reload. */
  let read: string | undefined;
  /** At the last poll. */
  let seen: string | undefined;
  let retryAt = Infinity;
  /** Logged once, however often it is met again. */
  let refusal: string | undefined;

  const report = (outcome: 'applied' | 'refused'): void => {
    metrics.configReloaded.set({ outcome }, Date.now() / 1_000);
    metrics.configRefused.set(outcome === 'refused' ? 1 : 0);
  };

  const reload = async (): Promise<void> => {
    try {
      const plan = planReload(running(), source.read());
      if (plan !== undefined) {
        await check(plan);
        await apply(plan);
        const { stop, start, close, open } = plan;
        report('applied');
        log.info(
          {
            ...{ stopped: stop, started: start.map(({ name }) => name) },
            ...{ closedChains: close, openedChains: open.map(([name]) => name) },
          },
          'configuration applied',
        );
      }
      // Also after an edit that was refused and undone.
      metrics.configRefused.set(0);
      problems.clear('configuration');
      retryAt = Infinity;
      refusal = undefined;
    } catch (error) {
      const isFinal = error instanceof PegwayError && error.exitCode === 2;
      retryAt = isFinal ? Infinity : now() + RETRY_SECONDS;
      report('refused');
      const reason = messageOf(error);
      problems.set('configuration', 'reload-refused', reason);
      const retrySeconds = isFinal ? undefined : RETRY_SECONDS;
      if (reason !== refusal)
        log.warn({ reason, retrySeconds }, 'configuration refused: the previous one stays in effect');
      refusal = reason;
    }
  };

  return async () => {
    const isRequested = await source.requested(AbortSignal.any([signal, AbortSignal.timeout(pollSeconds * 1_000)]));
    if (signal.aborted) return 0;
    const version = source.version();
    const isEdited = version !== read && version === seen;
    seen = version;
    if (!isRequested && !isEdited && now() < retryAt) return 0;
    read = version;
    await reload();
    return 0;
  };
}
