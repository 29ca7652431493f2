import { Dispatcher } from './dispatcher.ts';
import { type BatchJob, type LaneId, type Queue, type QueueLog, batchKey, bridgeIn } from './queue.ts';

/** A queue in this process, lost with it. It never rejects, and drops what exceeds `limits.waitingPerBridge`. */
export function openMemoryQueue(log: QueueLog): Queue {
  const lanes = new Dispatcher<LaneId>('run again', log);
  const batches = new Dispatcher<BatchJob>('ignore', log);

  return {
    wake(lane) {
      void lanes.add({ bridge: bridgeIn(lane), key: lane, job: lane });
      return Promise.resolve();
    },

    batch(job) {
      void batches.add({ bridge: bridgeIn(job.lane), key: batchKey(job), job });
      return Promise.resolve();
    },

    start(handlers) {
      lanes.start((lane, signal) => handlers.wake(lane, signal));
      batches.start((job, signal) => handlers.batch(job, signal));
    },

    counts() {
      const [wakes, jobs] = [lanes.counts(), batches.counts()];
      return Promise.resolve([
        { queue: 'lanes', state: 'waiting', count: wakes.waiting },
        { queue: 'lanes', state: 'active', count: wakes.active },
        { queue: 'batches', state: 'waiting', count: jobs.waiting },
        { queue: 'batches', state: 'active', count: jobs.active },
      ]);
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([lanes.close(), batches.close()]);
    },
  };
}
