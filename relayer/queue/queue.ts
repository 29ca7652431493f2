import { setTimeout as sleep } from 'node:timers/promises';

import {
  type BackendFactory,
  type Job,
  Queue as BullQueue,
  Worker,
  createPostgresBackend,
  createRedisBackend,
} from 'bullmq';
import { Redis } from 'ioredis';

import { PegwayError, messageOf } from '../../protocol/errors.ts';

/** A batch of one lane; integers that may pass 2^53 as decimal strings. */
export interface BatchJob {
  readonly laneKey: string;
  readonly firstNonce: string;
  readonly count: number;
  readonly kind: 'attest' | 'approve' | 'release' | 'bounce';
}

export interface QueueHandlers {
  wake(laneKey: string): Promise<void>;
  batch(job: BatchJob): Promise<void>;
}

/**
 * Who works when. A job is a lane's wake-up or a batch, never a single transfer, and carries no truth: what is lost with the
 * queue is found again by the next sweep.
 */
export interface Queue {
  /**
   * At most one waits for each lane; one that comes while the lane is worked on runs after it.
   * @throws {PegwayError} `queue-unreachable`, as all below: what was asked is done when the server is back.
   */
  wake(laneKey: string): Promise<void>;
  /** The same batch is not queued twice at once. */
  batch(job: BatchJob): Promise<void>;
  start(handlers: QueueHandlers): void;
  counts(): Promise<readonly { readonly queue: 'lanes' | 'batches'; readonly state: string; readonly count: number }[]>;
  /** Lets active jobs end, for a while. */
  close(): Promise<void>;
}

export interface QueueOptions {
  /** redis://, rediss:// or postgres://; a server of its own when left out. */
  readonly url: string | undefined;
  /** Unique for a deployment and a signer, so that nobody takes another's jobs. */
  readonly namespace: string;
  /** A namespace that nobody works in any more; what is left of it goes. */
  readonly previous?: string | undefined;
  readonly log: { warn(o: object, m: string): void };
}

const BATCHES_AT_ONCE = 8;
/** For an answer of the server. */
const PATIENCE_SECONDS = 10;
const CLOSE_SECONDS = 8;
const CLEAR_ATTEMPTS = 3;
/** A process that was killed holds its lanes for about the sum of the two, where another works on the same queue. */
const held = { lockDuration: 10_000, stalledInterval: 5_000 } as const;
const states = ['waiting', 'active', 'delayed', 'failed'] as const;

interface Backend {
  readonly connection: unknown;
  readonly factory: BackendFactory;
  close(): Promise<void>;
}

/** @throws {PegwayError} exit code 2 for a URL of neither kind, and when a Redis may drop jobs (its `maxmemory-policy`). */
export async function openQueue({ url, namespace, previous, log }: QueueOptions): Promise<Queue> {
  const backend = await openBackend(url, log);
  const optionsOf = (space: string) => ({ connection: backend.connection as never, prefix: `pegway-${space}` });
  const open = (name: string, space: string) => new BullQueue(`${name}-${space}`, optionsOf(space), backend.factory);
  const options = optionsOf(namespace);
  const lanes = open('lanes', namespace);
  const batches = open('batches', namespace);
  const workers: { close(): Promise<void> }[] = [];

  const onError = (error: Error) => log.warn({ error: messageOf(error) }, 'queue error');
  lanes.on('error', onError);
  batches.on('error', onError);
  // What a killed process left there would hold its lanes until its locks run out. All of it is found again by looking.
  await Promise.all([lanes, batches].map((queue) => clear(queue, log)));
  if (previous !== undefined && previous !== namespace) {
    for (const name of ['lanes', 'batches']) {
      const left = open(name, previous);
      left.on('error', onError);
      await clear(left, log);
      await left.close();
    }
  }
  // Retried by the lane's next wake alone, which looks at the chains first; the queue would repeat what may be done by now.
  const once = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

  const work = (name: string, concurrency: number, run: (job: Job) => Promise<void>) => {
    const worker = new Worker(`${name}-${namespace}`, run, { ...options, ...held, concurrency }, backend.factory);
    worker.on('error', onError);
    worker.on('failed', (job, error) => log.warn({ job: job?.name, error: messageOf(error) }, 'job failed'));
    workers.push(worker);
  };

  /** Lanes whose wake-up the server will hear of when it is back: it need not be told as often as blocks came meanwhile. */
  const unheard = new Set<string>();

  return {
    async wake(laneKey) {
      if (unheard.has(laneKey)) throw unreachable();
      const adding = lanes.add(
        'wake',
        { laneKey },
        { ...once, deduplication: { id: laneKey, keepLastIfActive: true } },
      );
      await inTime(adding, () => {
        unheard.add(laneKey);
        adding.catch(() => undefined).finally(() => unheard.delete(laneKey));
      });
    },

    async batch(job) {
      const id = [job.kind, job.laneKey, job.firstNonce, job.count].join('-');
      await inTime(batches.add(job.kind, job, { ...once, deduplication: { id } }));
    },

    start(handlers) {
      work('lanes', 1, (job) => handlers.wake((job.data as { laneKey: string }).laneKey));
      work('batches', BATCHES_AT_ONCE, (job) => handlers.batch(job.data as BatchJob));
    },

    async counts() {
      const all = await inTime(Promise.all([lanes.getJobCounts(...states), batches.getJobCounts(...states)]));
      return (['lanes', 'batches'] as const).flatMap((queue, index) =>
        states.map((state) => ({ queue, state, count: all[index]?.[state] ?? 0 })),
      );
    },

    async close() {
      await within(CLOSE_SECONDS, Promise.all(workers.map((worker) => worker.close())));
      await within(1, Promise.all([lanes.close(), batches.close()]));
      await backend.close();
    },
  };
}

const LATE = Symbol('late');

/** What is late goes on, and nobody waits for it. */
async function within<T>(seconds: number, ending: Promise<T>): Promise<T | typeof LATE> {
  const ended = new AbortController();
  const late = sleep(seconds * 1_000, LATE, { signal: ended.signal });
  try {
    return await Promise.race([ending, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined);
    ending.catch(() => undefined);
  }
}

const unreachable = () =>
  new PegwayError(`queue: the server has not answered for ${PATIENCE_SECONDS} s`, {
    code: 'queue-unreachable',
    hint: 'this signer signs for its peers, and sends nothing itself until the server is back',
  });

async function inTime<T>(asking: Promise<T>, onLate: () => void = () => undefined): Promise<T> {
  const answer = await within(PATIENCE_SECONDS, asking);
  if (answer !== LATE) return answer;
  onLate();
  throw unreachable();
}

/** A Redis that forgets everything in the middle of it makes it fail; then nothing is left either. */
async function clear(queue: Pick<BullQueue, 'obliterate'>, log: QueueOptions['log']): Promise<void> {
  for (let attempt = 1; attempt <= CLEAR_ATTEMPTS; attempt++) {
    try {
      return await queue.obliterate({ force: true });
    } catch (error) {
      log.warn({ error: messageOf(error), attempt }, 'queue not cleared');
    }
  }
}

export const isRedis = (url: string): boolean => /^rediss?:\/\//.test(url);

function openBackend(url: string | undefined, log: QueueOptions['log']): Promise<Backend> {
  if (url === undefined || /^postgres(ql)?:\/\//.test(url)) return openPostgres(url);
  if (isRedis(url)) return openRedis(url, log);
  throw new PegwayError('queue: expected a redis:// or postgres:// URL, found one of neither kind', {
    exitCode: 2,
    hint: 'correct `queue` in the configuration, or REDIS_URL in the environment',
  });
}

async function openRedis(url: string, log: QueueOptions['log']): Promise<Backend> {
  // Workers wait on blocking commands, for which ioredis must not give up.
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  let said: string | undefined;
  connection.on('error', (error: Error) => {
    const what = messageOf(error) || 'no connection';
    if (what !== said) log.warn({ error: what }, 'Redis does not answer: waiting for it');
    said = what;
  });
  connection.on('ready', () => (said = undefined));
  const policy = await connection
    .config('GET', 'maxmemory-policy')
    .then((answer) => answer[1])
    // A managed Redis may refuse CONFIG; its operator answers for the policy then.
    .catch(() => undefined);
  if (policy !== undefined && policy !== 'noeviction') {
    connection.disconnect();
    throw new PegwayError(`queue: Redis has maxmemory-policy ${policy}; expected noeviction, or jobs get lost`, {
      exitCode: 2,
      hint: 'redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf',
    });
  }
  return {
    connection,
    factory: createRedisBackend as unknown as BackendFactory,
    async close() {
      // One that does not answer keeps nobody.
      if (connection.status === 'ready') await within(1, connection.quit());
      connection.disconnect();
    },
  };
}

async function openPostgres(url: string | undefined): Promise<Backend> {
  // Some MB that a relayer with a Redis does without.
  const embedded = url === undefined ? await (await import('./embedded.ts')).startEmbeddedServer() : undefined;
  return {
    connection: { connectionString: embedded?.url ?? url, max: 4, migrate: true },
    factory: createPostgresBackend as unknown as BackendFactory,
    close: () => embedded?.close() ?? Promise.resolve(),
  };
}
