import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import type { Address, Hex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { reasons } from '../../protocol/reasons.ts';

export interface RecoveryRequest {
  readonly id: number;
  readonly digest: Hex;
  readonly signature: Hex;
}

export interface RecoveryResponse {
  readonly id: number;
  /** Undefined for an invalid signature. */
  readonly signer: Address | undefined;
}

/** Recovers signers of signatures outside the event loop. */
export interface RecoveryPool extends AsyncDisposable {
  /**
   * @returns undefined for an invalid signature.
   * @throws {PegwayError} `too-many-requests` while too many recoveries wait; without a code when the thread failed.
   */
  recover(digest: Hex, signature: Hex): Promise<Address | undefined>;
}

export interface RecoveryPoolOptions {
  readonly threads?: number;
  /** The program of a thread. */
  readonly program?: URL;
  /** A thread without work for this long ends, and with it its memory. */
  readonly idleSeconds?: number;
  /** A thread that takes longer than this for its work is replaced. */
  readonly timeoutSeconds?: number;
}

/** The bundle holds the worker under the same path, two levels below dist/ like this module's chunk. */
const PROGRAM = new URL(
  `../../relayer/callers/recovery-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);
/** Recoveries that may wait in one thread: a fraction of a second of work. */
const LARGEST_BACKLOG = 64;
/** In MB. V8 would size the heap of a thread by the memory of the machine. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, PromiseWithResolvers<Address | undefined>>;
  /** Ends the thread when it is idle, or replaces it when it hangs. */
  timer: NodeJS.Timeout | undefined;
}

/** Starts no thread before the first recovery. */
export function createRecoveryPool(options: RecoveryPoolOptions = {}): RecoveryPool {
  const { threads: most = Math.max(1, availableParallelism() - 1), program = PROGRAM } = options;
  const { idleSeconds = 30, timeoutSeconds = 10 } = options;
  const threads = new Set<Thread>();
  let lastId = 0;

  const end = async (thread: Thread, cause: unknown): Promise<void> => {
    threads.delete(thread);
    clearTimeout(thread.timer);
    for (const { reject } of thread.waiting.values()) {
      reject(new PegwayError('signature recovery failed: its thread ended', { cause }));
    }
    thread.waiting.clear();
    await thread.worker.terminate();
  };

  /** Restarts the timer after each response: the longest silence of a busy thread, or the longest rest of an idle one. */
  const watch = (thread: Thread): void => {
    clearTimeout(thread.timer);
    const seconds = thread.waiting.size > 0 ? timeoutSeconds : idleSeconds;
    const cause = new Error(`no response within ${seconds} s`);
    thread.timer = setTimeout(() => void end(thread, cause), seconds * 1_000).unref();
  };

  const start = (): Thread => {
    const worker = new Worker(program, { name: 'signature recovery', resourceLimits: RESOURCE_LIMITS });
    worker.unref();
    const thread: Thread = { worker, waiting: new Map(), timer: undefined };
    worker.on('message', ({ id, signer }: RecoveryResponse) => {
      thread.waiting.get(id)?.resolve(signer);
      thread.waiting.delete(id);
      watch(thread);
    });
    worker.on('error', (error) => void end(thread, error));
    worker.on('exit', () => void end(thread, undefined));
    threads.add(thread);
    return thread;
  };

  /** An idle thread, else a new one, else the one with the least work. */
  const choose = (): Thread => {
    const [first] = [...threads].sort((a, b) => a.waiting.size - b.waiting.size);
    return first === undefined || (first.waiting.size > 0 && threads.size < most) ? start() : first;
  };

  return {
    recover(digest, signature) {
      const thread = choose();
      if (thread.waiting.size >= LARGEST_BACKLOG) {
        return Promise.reject(new PegwayError(reasons['too-many-requests'], { code: 'too-many-requests' }));
      }
      const id = ++lastId;
      const result = Promise.withResolvers<Address | undefined>();
      thread.waiting.set(id, result);
      if (thread.waiting.size === 1) watch(thread);
      thread.worker.postMessage({ id, digest, signature } satisfies RecoveryRequest);
      return result.promise;
    },

    async [Symbol.asyncDispose]() {
      await Promise.all([...threads].map((thread) => end(thread, new Error('the relayer stops'))));
    },
  };
}
