import { openMemoryQueue } from './memory-queue.ts';
import type { Queue } from './queue.ts';
import type { RedisQueueOptions } from './redis-queue.ts';

export interface QueueOptions extends Omit<RedisQueueOptions, 'url'> {
  /** redis:// or rediss://; a queue in this process when undefined. */
  readonly url: string | undefined;
  /** Ends waiting for Redis. */
  readonly signal: AbortSignal;
}

/** @throws {PegwayError} exit code 2 when Redis is misconfigured. */
export async function openQueue({ url, signal, ...options }: QueueOptions): Promise<Queue> {
  if (url === undefined) return openMemoryQueue(options.log);
  // Loaded only where it is used: they take 20 MB of memory.
  const [{ awaitRedis }, { openRedisQueue }] = await Promise.all([
    import('./redis-connection.ts'),
    import('./redis-queue.ts'),
  ]);
  await awaitRedis(url, signal, (error) => options.log.warn({ error }, 'waiting for Redis'));
  return openRedisQueue({ url, ...options });
}
