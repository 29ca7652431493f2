/** A lane of one bridge: `{bridge id}/{lane key}`. */
export type LaneId = `${string}/${string}`;

/** @param bridge `{mainChainId}-{mainBridge}` in lower case. */
export const laneId = (bridge: string, laneKey: string): LaneId => `${bridge}/${laneKey}`;

export const bridgeIn = (lane: LaneId): string => lane.slice(0, lane.indexOf('/'));

export const laneKeyIn = (lane: LaneId): string => lane.slice(lane.indexOf('/') + 1);

/** A batch of one lane; integers that may pass 2^53 as decimal strings. */
export interface BatchJob {
  readonly lane: LaneId;
  readonly firstNonce: string;
  readonly count: number;
  readonly kind: 'attest' | 'approve' | 'release' | 'bounce';
}

/** Two jobs with one key are the same batch. */
export const batchKey = ({ kind, lane, firstNonce, count }: BatchJob): string =>
  [kind, lane, firstNonce, count].join(' ');

/** A job that rejects is logged and never retried: the lane's next wake looks at the chains first. */
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
 * Schedules wakes of lanes and batches, never single transfers. Jobs carry no truth: the next sweep finds again what is lost
 * with the queue. FIFO per bridge, round robin over bridges, within `limits`.
 *
 * Disposal: nothing new starts, running jobs have `limits.endSeconds`, then their signals abort.
 */
export interface Queue extends AsyncDisposable {
  /**
   * At most one wake of a lane waits and one runs; a wake during a run causes exactly one more.
   * @throws {PegwayError} `queue-unreachable`, as all below: Redis has not answered; the wake is enqueued when it is back.
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
  /** Of all bridges; each kind has its own, so that batches which wait for peers do not delay wakes. */
  runningPerProcess: 64,
  /** In memory: what exceeds it is dropped, and planned again by a later wake or sweep. */
  waitingPerBridge: 4_096,
  endSeconds: 8,
} as const;
