import type { Lane, Transfer } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { BatchJob } from '../queue/queue.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Attester } from './attester.ts';
import type { Backoff } from './backoff.ts';
import type { BatchSizer } from './batch-sizer.ts';
import type { Verdict } from './bounce-verdict.ts';
import type { FailedWithdrawals } from './failed-withdrawals.ts';
import type { InFlight } from './in-flight.ts';
import type { SignatureCollector } from './signature-collector.ts';

/** Shared by the workers of a bridge. */
export interface LaneContext {
  readonly config: {
    readonly turnSeconds: number;
    readonly fallbackSeconds: number;
    readonly sweepSeconds: number;
  };
  readonly bridges: BridgePair;
  readonly attester: Attester;
  readonly collect: SignatureCollector;
  readonly inFlight: InFlight;
  readonly backoff: Backoff;
  readonly batchSizer: BatchSizer;
  readonly failedWithdrawals: FailedWithdrawals;
  /** Enqueues a batch of a lane of this bridge. */
  readonly enqueue: (laneKey: string, job: Omit<BatchJob, 'lane'>) => Promise<void>;
  readonly metrics: Metrics;
  readonly log: { info(fields: object, message: string): void };
  /** Why no statement of this lane may be signed or sent now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  /** The next step of a withdrawal that its token refused. */
  readonly verdictOf: (transfer: Transfer) => Promise<Verdict>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** A job that has not run after this long was lost. */
export const JOB_SECONDS = 30;
