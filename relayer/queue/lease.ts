import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf } from '../../protocol/errors.ts';
import type { Lease } from './sole-lease.ts';
import { awaitRedis, connectRedis } from './redis-connection.ts';

/*
 * Elects one of several processes with the same key: the holder of the lease, a Redis key that expires unless it is
 * renewed. The lease is defence in depth, like the queue: the bridges themselves prevent double execution. Redis
 * measures the expiry with its own clock, and a holder measures with its own monotonic clock from before its request:
 * no two clocks are compared.
 */

export interface LeaseOptions {
  readonly url: string;
  /** Identifies the deployment and the signer. */
  readonly namespace: string;
  /**
   * Constant over all starts of one installation, of which only one process runs at a time. A restart need not wait for
   * the lease of its predecessor, which must be dead, to expire. Undefined for a superseded process, which waits like
   * any other.
   */
  readonly instance?: string | undefined;
  readonly signal: AbortSignal;
  /** Called with every failed attempt: the lease is taken, or Redis does not respond. */
  readonly onWait: (code: 'standby' | 'queue-unreachable', message: string) => void;
}

/** A holder that does not renew the lease within this time has lost it. */
const RUNS_OUT_MS = 5_000;
const KEEP_MS = 1_000;
/**
 * A holder treats the lease as lost this long before Redis does, so that a send in progress has reached the node by
 * then.
 */
const MARGIN_MS = 1_000;
const TRY_MS = 500;
/** Timeout of a Redis command. */
const PATIENCE_MS = 1_000;
/** A connection without a response for this long is replaced. */
const SILENT_MS = 1_500;

/** KEYS: lease, tenure. ARGV: own tenure, milliseconds, own instance or empty. Returns the previous tenure, or nil. */
const TAKE = `
local holder = redis.call('GET', KEYS[1])
if holder and not (ARGV[3] ~= '' and string.sub(holder, 1, #ARGV[3]) == ARGV[3]) then return false end
local previous = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
return previous or ''`;

/** A Redis that lost its data has not granted the lease to another process. */
const KEEP = `
local tenure = redis.call('GET', KEYS[2])
if tenure and tenure ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
return 1`;

const GIVE_UP = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/**
 * Waits until no other process holds the lease, and takes it. Rejects when the signal is aborted before.
 * @throws {PegwayError} exit code 2 when Redis is misconfigured.
 */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { url, namespace, instance = '', signal, onWait } = options;
  const keys = [`pegway-${namespace}-lease`, `pegway-${namespace}-tenure`] as const;
  const prefix = `${instance}|`;
  const token = `${prefix}${randomUUID()}`;
  await awaitRedis(url, signal, (message) => onWait('queue-unreachable', message));
  // Send nothing late: a command that Redis cannot receive now is reissued by the next attempt.
  const redis = connectRedis(url, 'reject', {
    ...{ lazyConnect: true, enableOfflineQueue: false, socketTimeout: SILENT_MS },
    ...{ maxRetriesPerRequest: 0, commandTimeout: PATIENCE_MS },
  });
  let fault: Error | undefined;
  redis.on('ready', () => (fault = undefined));
  redis.on('error', (error: Error) => (fault = error));
  // It reconnects by itself; the attempts below report the cause.
  await redis.connect().catch(() => undefined);

  let validUntil = -Infinity;
  const take = async (own: string): Promise<string | undefined> => {
    const asked = performance.now();
    const previous = (await redis.eval(TAKE, 2, ...keys, token, RUNS_OUT_MS, own)) as string | null;
    if (previous === null) return undefined;
    validUntil = asked + RUNS_OUT_MS - MARGIN_MS;
    return previous;
  };

  let previous: string | undefined;
  try {
    // Only at the first take: two processes mistaken for one installation would otherwise take the lease from each
    // other for ever.
    for (let own = instance === '' ? '' : prefix; previous === undefined;) {
      try {
        previous = await take(own);
        own = '';
        if (previous === undefined) onWait('standby', 'another process of this signer holds the lease');
      } catch (error) {
        onWait('queue-unreachable', `Redis does not answer: ${messageOf(fault ?? error)}`);
      }
      if (previous === undefined) await sleep(TRY_MS, undefined, { signal });
    }
  } catch (error) {
    redis.disconnect();
    throw error;
  }

  const lost = new AbortController();
  const keep = async (): Promise<void> => {
    const asked = performance.now();
    const kept = await redis.eval(KEEP, 2, ...keys, token, RUNS_OUT_MS).catch(() => undefined);
    if (kept === 1) validUntil = asked + RUNS_OUT_MS - MARGIN_MS;
    if (kept !== 0) return;
    validUntil = -Infinity;
    clearInterval(timer);
    lost.abort();
  };
  const timer = setInterval(() => void keep(), KEEP_MS);

  return {
    held: () => performance.now() < validUntil,
    lost: lost.signal,
    tenure: tenureOf(token),
    previous: previous === '' ? undefined : tenureOf(previous),

    async release() {
      clearInterval(timer);
      validUntil = -Infinity;
      await redis.eval(GIVE_UP, 1, keys[0], token).catch(() => undefined);
      redis.disconnect();
    },
  };
}

const tenureOf = (token: string): string => token.slice(token.lastIndexOf('|') + 1);
