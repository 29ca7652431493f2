import { messageOf } from '../../protocol/errors.ts';
import { type QueueLog, limits } from './queue.ts';
import { within } from './within.ts';

/** One job of a bridge. At most one job per key waits and one runs. */
export interface Task<T> {
  readonly bridge: string;
  readonly key: string;
  readonly job: T;
}

type Run<T> = (job: T, signal: AbortSignal) => Promise<void>;

interface Waiting<T> {
  readonly task: Task<T>;
  readonly ended: PromiseWithResolvers<undefined>;
}

interface BridgeTasks<T> {
  /** By key, in order of arrival. */
  readonly waiting: Map<string, Waiting<T>>;
  readonly running: Set<string>;
}

/** Wait after the signals have been aborted. */
const ABORT_SECONDS = 1;

/**
 * Runs tasks of one kind: FIFO per bridge, round robin over bridges, within `limits`. A bridge with nothing running may start one
 * task beyond the limit of the process: bridges with hanging tasks must not hold all places.
 */
export class Dispatcher<T> {
  readonly #whileRunning: 'run again' | 'ignore';
  readonly #log: QueueLog;
  /** In round-robin order. A bridge without tasks has no entry. */
  readonly #bridges = new Map<string, BridgeTasks<T>>();
  readonly #running = new Set<Promise<void>>();
  readonly #aborting = new AbortController();
  #handler: Run<T> | undefined;
  #closed = false;

  /** @param whileRunning How to treat a task with a key that is running. */
  constructor(whileRunning: 'run again' | 'ignore', log: QueueLog) {
    this.#whileRunning = whileRunning;
    this.#log = log;
  }

  /** True if this task would be ignored: an equal one waits, or runs and must not run again. */
  isPending(bridge: string, key: string): boolean {
    const tasks = this.#bridges.get(bridge);
    if (tasks === undefined) return false;
    return tasks.waiting.has(key) || (this.#whileRunning === 'ignore' && tasks.running.has(key));
  }

  /**
   * @returns Resolves when the task has ended, failed or been dropped; at once when it is rejected: it is pending, its
   * bridge has too many, or the dispatcher is closed. Never rejects.
   */
  add(task: Task<T>): Promise<undefined> {
    const { bridge, key } = task;
    const tasks = this.#bridges.get(bridge) ?? { waiting: new Map<string, Waiting<T>>(), running: new Set<string>() };
    const isFull = tasks.waiting.size >= limits.waitingPerBridge;
    if (this.#closed || isFull || this.isPending(bridge, key)) return Promise.resolve(undefined);

    this.#bridges.set(bridge, tasks);
    const ended = Promise.withResolvers<undefined>();
    tasks.waiting.set(key, { task, ended });
    this.#fill();
    return ended.promise;
  }

  start(handler: Run<T>): void {
    this.#handler = handler;
    this.#fill();
  }

  counts(): { readonly waiting: number; readonly active: number } {
    const waiting = [...this.#bridges.values()].reduce((sum, tasks) => sum + tasks.waiting.size, 0);
    return { waiting, active: this.#running.size };
  }

  /** Starts no further task; aborts those still running after `limits.endSeconds`. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { waiting } of this.#bridges.values()) {
      for (const { ended } of waiting.values()) ended.resolve(undefined);
      waiting.clear();
    }
    await within(limits.endSeconds, Promise.all(this.#running));
    this.#aborting.abort();
    await within(ABORT_SECONDS, Promise.all(this.#running));
  }

  #fill(): void {
    while (this.#handler !== undefined && this.#startNext());
  }

  /** Starts one task of the next bridge in the round robin. */
  #startNext(): boolean {
    for (const [bridge, tasks] of this.#bridges) {
      const isFull = this.#running.size >= limits.runningPerProcess && tasks.running.size > 0;
      const next = isFull ? undefined : nextOf(tasks);
      if (next === undefined) continue;
      tasks.waiting.delete(next.task.key);
      tasks.running.add(next.task.key);
      // Move to the end of the ring.
      this.#bridges.delete(bridge);
      this.#bridges.set(bridge, tasks);
      const running = this.#run(next, tasks).finally(() => {
        this.#running.delete(running);
        this.#fill();
      });
      this.#running.add(running);
      return true;
    }
    return false;
  }

  async #run({ task, ended }: Waiting<T>, tasks: BridgeTasks<T>): Promise<void> {
    // Run outside the caller's `add`: a handler that throws at once, or adds tasks, sees a consistent state.
    await Promise.resolve();
    try {
      await this.#handler?.(task.job, this.#aborting.signal);
    } catch (error) {
      this.#log.warn({ bridge: task.bridge, job: task.key, error: messageOf(error) }, 'job failed');
    }
    tasks.running.delete(task.key);
    if (tasks.waiting.size === 0 && tasks.running.size === 0) this.#bridges.delete(task.bridge);
    ended.resolve(undefined);
  }
}

/** The first task with a key that is not running; undefined if there is none, or the bridge is at its limit. */
function nextOf<T>({ waiting, running }: BridgeTasks<T>): Waiting<T> | undefined {
  if (running.size >= limits.runningPerBridge) return undefined;
  for (const [key, candidate] of waiting) if (!running.has(key)) return candidate;
  return undefined;
}
