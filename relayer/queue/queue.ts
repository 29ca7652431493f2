/** A lane of one bridge: `{bridge id}/{lane key}`. */
export type LaneId = `${string}/${string}`;

/** @param bridge `{mainChainId}-{mainBridge}` in lower case. */
export const laneId = (bridge: string, laneKey: string): LaneId => `${bridge}/${laneKey}`;

export const bridgeIn = (lane: LaneId): string => lane.slice(0, lane.indexOf('/'));

export const laneKeyIn = (lane: LaneId): string => lane.slice(lane.indexOf('/') + 1);

/** A batch of one lane; integers that may exceed 2^53 are decimal strings. */
export interface BatchJob {
  readonly lane: LaneId;
  readonly firstNonce: string;
  readonly count: number;
  readonly kind: 'attest' | 'approve' | 'release' | 'bounce';
}

/** Jobs with the same key are the same batch. */
export const batchKey = ({ kind, lane, firstNonce, count }: BatchJob): string =>
  [kind, lane, firstNonce, count].join(' ');

/** A rejected job is logged and never retried: the lane's next wake reads the chains first. */
export interface QueueHandlers {
  /** @param signal Aborts when the queue is disposed and the run has not ended in time. */
  wake(lane: LaneId, signal: AbortSignal): Promise<void>;
  /** @param signal As above. */
  batch(job: BatchJob, signal: AbortSignal): Promise<void>;
}

export type Counts = readonly {
  readonly queue: 'lanes' | 'batches';
  readonly state: 'waiting' | 'active';
  readonly count: number;
}[];

export interface QueueLog {
  warn(details: object, message: string): void;
}

/**
 * Schedules wakes of lanes and batches, never single transfers. Jobs are hints: the next reconciliation recovers any
 * work lost with the queue. FIFO per bridge, round robin over bridges, within `limits`.
 *
 * Disposal: no new job starts, running jobs have `limits.endSeconds`, then their signals abort.
 */
export interface Queue extends AsyncDisposable {
  /**
   * At most one wake of a lane waits and one runs; a wake during a run causes exactly one more.
   * @throws {PegwayError} `queue-unreachable`, as all below: Redis has not responded; the wake is enqueued on
   * reconnection.
   */
  wake(lane: LaneId): Promise<void>;
  /** Ignored while the same batch waits or runs. */
  batch(job: BatchJob): Promise<void>;
  start(handlers: QueueHandlers): void;
  counts(): Promise<Counts>;
}

/** Jobs of one kind (wakes, batches). */
export const limits = {
  runningPerBridge: 8,
  /** Over all bridges, besides the first task of each; each kind has its own limit, so that batches waiting for peers do not delay wakes. */
  runningPerProcess: 64,
  /** In memory: the excess is dropped, and planned again by a later wake or reconciliation. */
  waitingPerBridge: 4_096,
  endSeconds: 8,
} as const;
