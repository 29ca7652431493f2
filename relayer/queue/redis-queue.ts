import { type BackendFactory, type Job, Queue as BullQueue, Worker, createRedisBackend } from 'bullmq';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { Dispatcher } from './dispatcher.ts';
import { type BatchJob, type Counts, type LaneId, type Queue, type QueueLog, batchKey, bridgeIn } from './queue.ts';
import { BLOCK_SECONDS, connectRedis } from './redis-connection.ts';
import { redisProblem } from './redis-problem.ts';
import { createErrorLog } from './repeated-errors.ts';
import { LATE, within } from './within.ts';

export interface RedisQueueOptions {
  /** redis:// or rediss://. */
  readonly url: string;
  /** Scoped to one lease holder: no other process uses it at the same time. */
  readonly namespace: string;
  /** An obsolete namespace to delete. */
  readonly previous?: string | undefined;
  readonly log: QueueLog;
}

/** Timeout of a Redis command. */
const ANSWER_SECONDS = 10;
const CLEAR_ATTEMPTS = 3;
/**
 * Number of jobs of one kind fetched from Redis at once. BullMQ has no fairness between bridges: fetched jobs wait in
 * the dispatcher, so a bridge is delayed only when others have more than this waiting.
 */
const TAKEN_AT_ONCE = 1_024;
/** How long the jobs of a dead process stay locked, and the retry delay of a failed fetch. */
const timing = {
  ...{ lockDuration: 10_000, stalledInterval: 5_000, runRetryDelay: 1_000 },
  drainDelay: BLOCK_SECONDS,
} as const;
/** Failures are logged by the dispatcher; the lane's next wake decides whether to try again. */
const once = { removeOnComplete: true, removeOnFail: true, attempts: 1 } as const;

/** A queue in Redis, by BullMQ. Redis must be reachable (`awaitRedis`) at first; later outages are survived. */
export async function openRedisQueue({ url, namespace, previous, log }: RedisQueueOptions): Promise<Queue> {
  // Workers wait in blocking commands, on which ioredis must not give up.
  const connection = connectRedis(url, 'resend', { maxRetriesPerRequest: null });
  let fault: string | undefined;
  connection.on('ready', () => (fault = undefined));
  connection.on('error', (error: Error) => {
    void redisProblem(url, error).then(({ message }) => {
      if (message !== fault) log.warn({ error: message }, 'Redis does not answer: reconnecting');
      fault = message;
    });
  });
  const onError = createErrorLog(log);
  const factory = createRedisBackend as unknown as BackendFactory;
  const optionsOf = (space: string) => ({ connection: connection as never, prefix: `pegway-${space}` });
  const open = (name: string, space = namespace) =>
    new BullQueue(`${name}-${space}`, optionsOf(space), factory).on('error', onError);

  const [lanes, batches] = [open('lanes'), open('batches')];
  const [laneTasks, batchTasks] = [new Dispatcher<LaneId>('run again', log), new Dispatcher<BatchJob>('ignore', log)];
  const workers: { close(): Promise<void> }[] = [];
  // The locks of a killed process would hold its lanes until they expire. Reconciliation recovers all jobs.
  await Promise.all([lanes, batches].map((queue) => clear(queue, log)));
  if (previous !== undefined && previous !== namespace) {
    for (const left of [open('lanes', previous), open('batches', previous)]) {
      await clear(left, log);
      await left.close();
    }
  }

  const work = (name: string, run: (job: Job) => Promise<unknown>): void => {
    const options = { ...optionsOf(namespace), ...timing, concurrency: TAKEN_AT_ONCE };
    const worker = new Worker(`${name}-${namespace}`, run, options, factory);
    worker.on('error', onError);
    workers.push(worker);
  };
  const inTime = async <T>(asking: Promise<T>, onLate: () => void = () => undefined): Promise<T> => {
    const answer = await within(ANSWER_SECONDS, asking);
    if (answer !== LATE) return answer;
    onLate();
    throw unreachable(fault);
  };
  /** Lanes with a wake that ioredis sends on reconnection: one is enough, however many blocks arrived meanwhile. */
  const unsent = new Set<string>();

  return {
    async wake(lane) {
      // Redis counts a wake as active once it was fetched, and would run the lane once more without need.
      if (laneTasks.isPending(bridgeIn(lane), lane)) return;
      if (unsent.has(lane)) throw unreachable(fault);
      const deduplication = { id: lane, keepLastIfActive: true };
      const adding = lanes.add('wake', { lane }, { ...once, deduplication });
      await inTime(adding, () => {
        unsent.add(lane);
        void adding.catch(() => undefined).finally(() => unsent.delete(lane));
      });
    },

    async batch(job) {
      const id = batchKey(job);
      // A Redis that lost its data has no record of running jobs.
      if (batchTasks.isPending(bridgeIn(job.lane), id)) return;
      await inTime(batches.add(job.kind, job, { ...once, deduplication: { id } }));
    },

    start(handlers) {
      laneTasks.start((lane, signal) => handlers.wake(lane, signal));
      batchTasks.start((job, signal) => handlers.batch(job, signal));
      work('lanes', ({ data }) => {
        const { lane } = data as { lane: LaneId };
        return laneTasks.add({ bridge: bridgeIn(lane), key: lane, job: lane });
      });
      work('batches', ({ data }) => {
        const job = data as BatchJob;
        return batchTasks.add({ bridge: bridgeIn(job.lane), key: batchKey(job), job });
      });
    },

    async counts() {
      const ask = (queue: Pick<BullQueue, 'getJobCounts'>) => queue.getJobCounts('waiting', 'active');
      const [ofLanes, ofBatches] = await inTime(Promise.all([ask(lanes), ask(batches)]));
      return [...countsOf('lanes', ofLanes, laneTasks), ...countsOf('batches', ofBatches, batchTasks)];
    },

    async [Symbol.asyncDispose]() {
      // Stops all further fetches.
      const closing = quietly(workers.map((worker) => worker.close()));
      await Promise.all([laneTasks.close(), batchTasks.close()]);
      // Without a response from Redis these never resolve.
      await within(1, closing);
      await within(1, quietly([lanes.close(), batches.close()]));
      if (connection.status === 'ready') await within(1, quietly([connection.quit()]));
      connection.disconnect();
    },
  };
}

/** Jobs that Redis counts as active wait in the dispatcher, run, or have run and are being settled. */
function countsOf(
  queue: 'lanes' | 'batches',
  { waiting = 0, active = 0 }: Readonly<Record<string, number>>,
  tasks: Pick<Dispatcher<unknown>, 'counts'>,
): Counts {
  const local = tasks.counts();
  return [
    { queue, state: 'waiting', count: waiting + local.waiting },
    { queue, state: 'active', count: Math.max(active - local.waiting, local.active) },
  ];
}

/** A connection that Redis closes meanwhile rejects with that: it is closed, which is all that was asked. */
const quietly = (closing: readonly Promise<unknown>[]): Promise<unknown> => Promise.allSettled(closing);

const unreachable = (fault: string | undefined) =>
  new PegwayError(fault ?? `queue: Redis has not answered for ${ANSWER_SECONDS} s`, {
    code: 'queue-unreachable',
    hint: 'this signer signs for its peers, and sends nothing itself until Redis is back',
  });

/** Fails if Redis loses its data meanwhile; then no job is left either. */
async function clear(queue: Pick<BullQueue, 'obliterate'>, log: QueueLog): Promise<void> {
  for (let attempt = 1; attempt <= CLEAR_ATTEMPTS; attempt++) {
    try {
      return await queue.obliterate({ force: true });
    } catch (error) {
      log.warn({ error: messageOf(error), attempt }, 'queue not cleared');
    }
  }
}
