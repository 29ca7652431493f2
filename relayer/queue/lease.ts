import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Redis } from 'ioredis';

import { messageOf } from '../../protocol/errors.ts';
import type { Lease } from './sole-lease.ts';
import { awaitRedis, connectRedis } from './redis-connection.ts';

/*
 * Elects one of several processes with the same key: the holder of the lease, a Redis key that expires unless it is
 * renewed. The lease is defence in depth, like the queue: the bridges themselves prevent double execution. Redis
 * measures the expiry with its own clock, and a holder measures with its own monotonic clock from before its request:
 * no two clocks are compared.
 */

/** How a process takes part in the election for one lease. */
export interface ClaimOptions {
  /** Identifies the deployment and the signer. */
  readonly namespace: string;
  /**
   * Constant over all starts of one installation, of which only one process runs at a time. A restart need not wait for
   * the lease of its predecessor, which must be dead, to expire. Undefined for a superseded process, which waits like
   * any other.
   */
  readonly instance?: string | undefined;
  /** True if a holder goes on signing while Redis does not answer; it never does after a suspension. */
  readonly signsWithoutRedis: boolean;
}

export interface LeaseOptions extends Omit<ClaimOptions, 'signsWithoutRedis'> {
  readonly url: string;
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

/** A connection for leases. It sends nothing late: a command that Redis cannot receive now is reissued by the next attempt. */
export interface LeaseConnection extends Disposable {
  readonly redis: Redis;
  /** Why Redis does not answer, where an attempt failed with this error. */
  reason(error: unknown): string;
}

/**
 * Waits until Redis responds and is usable.
 * @throws {PegwayError} exit code 2 when Redis is misconfigured. Rejects when the signal aborts.
 */
export async function connectForLeases(
  url: string,
  signal: AbortSignal,
  onWait: (message: string) => void,
): Promise<LeaseConnection> {
  await awaitRedis(url, signal, onWait);
  const redis = connectRedis(url, 'reject', {
    ...{ lazyConnect: true, enableOfflineQueue: false, socketTimeout: SILENT_MS },
    ...{ maxRetriesPerRequest: 0, commandTimeout: PATIENCE_MS },
  });
  let fault: Error | undefined;
  redis.on('ready', () => (fault = undefined));
  redis.on('error', (error: Error) => (fault = error));
  // It reconnects by itself; the attempts report the cause.
  await redis.connect().catch(() => undefined);
  return {
    redis,
    reason: (error) => `Redis does not answer: ${messageOf(fault ?? error)}`,
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

/** Takes part in the election for one lease. */
export interface Claim {
  /** The lease, or undefined while another process holds it. Rejects while Redis does not answer. */
  take(): Promise<Lease | undefined>;
}

/** The key of a lease. Its value ends with the tenure, and begins with the instance of the holder. */
export const leaseKey = (namespace: string): string => `pegway-${namespace}-lease`;

/** The instance in the value of a lease. */
export const instanceIn = (value: string): string => value.slice(0, value.lastIndexOf('|'));

export function claimLease(redis: Redis, { namespace, instance = '', signsWithoutRedis }: ClaimOptions): Claim {
  const keys = [leaseKey(namespace), `pegway-${namespace}-tenure`] as const;
  const prefix = `${instance}|`;
  // Only at the first take: two processes mistaken for one installation would otherwise take the lease from each other
  // for ever.
  let own = instance === '' ? '' : prefix;

  return {
    async take() {
      const token = `${prefix}${randomUUID()}`;
      const asked = performance.now();
      const previous = (await redis.eval(TAKE, 2, ...keys, token, RUNS_OUT_MS, own)) as string | null;
      own = '';
      return previous === null ? undefined : keepLease(redis, { keys, token, asked, previous, signsWithoutRedis });
    },
  };
}

interface Taken {
  readonly keys: readonly [lease: string, tenure: string];
  readonly token: string;
  /** When it was requested, in monotonic milliseconds. */
  readonly asked: number;
  readonly previous: string;
  readonly signsWithoutRedis: boolean;
}

/** Renews a lease until it is lost or released. */
function keepLease(redis: Redis, { keys, token, asked: taken, previous, signsWithoutRedis }: Taken): Lease {
  const validFor = RUNS_OUT_MS - MARGIN_MS;
  let validUntil = taken + validFor;
  let askedAt = taken;
  /** It may have been lost while this process did not run. */
  let isDoubtful = false;
  const lost = new AbortController();
  const keep = async (): Promise<void> => {
    const asked = performance.now();
    isDoubtful ||= asked - askedAt > validFor;
    askedAt = asked;
    const kept = await redis.eval(KEEP, 2, ...keys, token, RUNS_OUT_MS).catch(() => undefined);
    if (kept === 1) {
      validUntil = asked + validFor;
      isDoubtful = false;
    }
    if (kept !== 0) return;
    validUntil = -Infinity;
    clearInterval(timer);
    lost.abort();
  };
  const timer = setInterval(() => void keep(), KEEP_MS);
  const held = (): boolean => performance.now() < validUntil;
  /** It runs, and asks Redis, without an answer. */
  const isCutOff = (): boolean => !lost.signal.aborted && !isDoubtful && performance.now() - askedAt < validFor;

  return {
    held,
    maySign: () => held() || (signsWithoutRedis && isCutOff()),
    lost: lost.signal,
    tenure: tenureOf(token),
    previous: previous === '' ? undefined : tenureOf(previous),
    fence: { key: keys[0], token },

    async release() {
      clearInterval(timer);
      validUntil = -Infinity;
      await redis.eval(GIVE_UP, 1, keys[0], token).catch(() => undefined);
    },
  };
}

/**
 * Waits until no other process holds the lease, and takes it. Rejects when the signal is aborted before.
 * @throws {PegwayError} exit code 2 when Redis is misconfigured.
 */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { url, namespace, instance, signal, onWait } = options;
  const connection = await connectForLeases(url, signal, (message) => onWait('queue-unreachable', message));
  // An unreachable Redis alone does not silence a signer: three signers without Redis would halt their bridge.
  const claim = claimLease(connection.redis, { namespace, instance, signsWithoutRedis: true });
  try {
    for (;;) {
      try {
        const lease = await claim.take();
        if (lease !== undefined) {
          return {
            ...lease,
            async release() {
              await lease.release();
              connection[Symbol.dispose]();
            },
          };
        }
        onWait('standby', 'another process of this signer holds the lease');
      } catch (error) {
        onWait('queue-unreachable', connection.reason(error));
      }
      await sleep(TRY_MS, undefined, { signal });
    }
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  }
}

const tenureOf = (token: string): string => token.slice(token.lastIndexOf('|') + 1);
