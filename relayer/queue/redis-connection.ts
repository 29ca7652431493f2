import { setTimeout as sleep } from 'node:timers/promises';

import { Redis, type RedisOptions } from 'ioredis';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { checkDatabase, redisProblem } from './redis-problem.ts';

const ANSWER_MS = 3_000;
const RETRY_MS = 500;
/** Timeout of a worker's blocking command. */
export const BLOCK_SECONDS = 3;
/** Must exceed `BLOCK_SECONDS`. */
const SILENT_MS = 5_000;

/**
 * After a failover, an open connection leads to a replica: writes are refused, and blocked commands end. A new
 * connection to the same address leads to the primary.
 */
const isFailover = (error: Error): boolean => /READONLY|UNBLOCKED/.test(error.message);

/**
 * A connection that reconnects when it is lost, silent with a command pending, or demoted to a replica.
 * @param afterFailover How to treat a command that a replica refused.
 */
export const connectRedis = (
  url: string,
  afterFailover: 'resend' | 'reject',
  options: Omit<RedisOptions, 'replyMapping'>,
): Redis =>
  new Redis(url, {
    socketTimeout: SILENT_MS,
    // A proxy may still route to the replica for some seconds.
    retryStrategy: (attempt) => Math.min(attempt * 100, 1_000),
    reconnectOnError: (error) => isFailover(error) && (afterFailover === 'resend' ? 2 : 1),
    ...options,
  });

export interface RedisFacts {
  readonly version: string;
  /** Round-trip time of a PING. */
  readonly milliseconds: number;
  readonly role: string;
  /** Undefined, like the fields below, if a managed Redis refuses CONFIG. */
  readonly maxmemoryPolicy: string | undefined;
  readonly appendonly: string | undefined;
  readonly save: string | undefined;
}

/**
 * Connects once and reads the properties that the queue depends on.
 * @throws {PegwayError} `queue-unreachable`: exit code 2 for a misconfiguration, 1 for a transient failure.
 */
export async function examineRedis(url: string): Promise<RedisFacts> {
  checkDatabase(url);
  const redis = new Redis(url, {
    ...{ lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null },
    ...{ connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS },
  });
  // Handshake error: ioredis falls back to database 0 when Redis lacks the requested one.
  let refusal: Error | undefined;
  redis.on('error', (error: Error) => (refusal ??= error));
  try {
    await redis.connect();
    const began = performance.now();
    await redis.ping();
    const milliseconds = performance.now() - began;
    if (refusal !== undefined) throw refusal;
    const setting = (name: string): Promise<string | undefined> =>
      redis.config('GET', name).then(
        (answer) => (answer as readonly string[])[1],
        () => undefined,
      );
    const [info, maxmemoryPolicy, appendonly, save] = await Promise.all([
      redis.info(),
      ...['maxmemory-policy', 'appendonly', 'save'].map(setting),
    ]);
    const fact = (name: string): string => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? '?';
    return { version: fact('redis_version'), role: fact('role'), milliseconds, maxmemoryPolicy, appendonly, save };
  } catch (error) {
    throw await redisProblem(url, refusal ?? error);
  } finally {
    redis.disconnect();
  }
}

/** @throws {PegwayError} when the queue must not use this Redis. */
export function requireUsable({ role, maxmemoryPolicy }: RedisFacts): void {
  if (maxmemoryPolicy !== undefined && maxmemoryPolicy !== 'noeviction') {
    throw new PegwayError(
      `queue: Redis has maxmemory-policy ${maxmemoryPolicy}; expected noeviction, or jobs get lost`,
      {
        exitCode: 2,
        hint: 'redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf',
      },
    );
  }
  if (role === 'slave') {
    throw new PegwayError('queue: this Redis is a replica, which refuses writes; expected the primary', {
      code: 'queue-unreachable',
      hint: 'name the primary in `queue`, or an address that follows it after a failover',
    });
  }
}

/**
 * Waits until Redis responds and is usable.
 * @param onWait Called after every failed attempt.
 * @throws {PegwayError} exit code 2 for a misconfiguration. Rejects when the signal aborts.
 */
export async function awaitRedis(url: string, signal: AbortSignal, onWait: (message: string) => void): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return requireUsable(await examineRedis(url));
    } catch (error) {
      if (error instanceof PegwayError && error.exitCode === 2) throw error;
      onWait(messageOf(error));
    }
    await sleep(RETRY_MS, undefined, { signal });
  }
}
