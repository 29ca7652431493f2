import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { messageOf } from '../../protocol/errors.ts';
import type { Lease } from './sole-lease.ts';
import { awaitRedis, connectRedis } from './redis.ts';

/*
 * Which of several processes with one key works: the one that holds the lease, a key in Redis that runs out unless it is
 * kept. It is a second line, as the queue is: that nothing happens twice rests on the bridges. Redis counts its time by
 * itself, and a holder counts its own, monotonic, from before it asked: no two clocks are compared.
 */

export interface LeaseOptions {
  readonly url: string;
  /** Of the deployment and the signer. */
  readonly namespace: string;
  /**
   * The same for every start of one installation, and only one of them runs at a time: it need not wait until the lease of
   * its predecessor, which must be dead, has run out. Left out by one that was superseded: it waits as all others do.
   */
  readonly instance?: string | undefined;
  readonly signal: AbortSignal;
  /** It is not free, or Redis does not answer; told with every attempt. */
  readonly onWait: (code: 'standby' | 'queue-unreachable', message: string) => void;
}

/** After this long a holder that does not keep it has lost it. */
const RUNS_OUT_MS = 5_000;
const KEEP_MS = 1_000;
/** A holder takes it for lost that much before Redis does: what it has begun to send is with the node by then. */
const MARGIN_MS = 1_000;
const TRY_MS = 500;
/** For an answer of Redis. */
const PATIENCE_MS = 1_000;
/** A connection that is silent for so long is replaced. */
const SILENT_MS = 1_500;

/** KEYS: lease, tenure. ARGV: own tenure, milliseconds, own instance or nothing. Answers the tenure before, or nil. */
const TAKE = `
local holder = redis.call('GET', KEYS[1])
if holder and not (ARGV[3] ~= '' and string.sub(holder, 1, #ARGV[3]) == ARGV[3]) then return false end
local previous = redis.call('GET', KEYS[2])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
return previous or ''`;

/** A Redis that forgot everything gave it to nobody else. */
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
  // Nothing is sent late: a question that Redis cannot be asked now is asked anew.
  const redis = connectRedis(url, 'reject', {
    ...{ lazyConnect: true, enableOfflineQueue: false, socketTimeout: SILENT_MS },
    ...{ maxRetriesPerRequest: 0, commandTimeout: PATIENCE_MS },
  });
  let fault: Error | undefined;
  redis.on('ready', () => (fault = undefined));
  redis.on('error', (error: Error) => (fault = error));
  // It connects again by itself; the attempts below say what is wrong.
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
    // Only at its start: two that are mistaken for one installation would take it from one another for ever.
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
