import { randomBytes } from 'node:crypto';

import type { Redis } from 'ioredis';

import { instanceIn, leaseKey } from '../queue/lease.ts';
import type { MemberView, ShardView } from './assignment.ts';

/*
 * The living processes of a signer, in Redis: each renews its entry, which expires by the clock of Redis. An entry grants
 * nothing; the leases of the shards do.
 */

/** One process, as it publishes itself. */
export interface Entry extends MemberView {
  /** Base URL of its public port, for the other processes. */
  readonly url: string;
  /** Shards that it holds. */
  readonly shards: readonly string[];
  /** By address of a contract beside a bridge (rewards): the id of the bridge. */
  readonly satellites: Readonly<Record<string, string>>;
}

export interface Picture {
  readonly members: readonly Entry[];
  /** In the order given. */
  readonly shards: readonly ShardView[];
  /** Authenticates requests between the processes. */
  readonly secret: string;
}

/** An entry that is not renewed for this long has expired. */
const EXPIRES_MS = 3_000;
/** Entries of a deployment that has ended. */
const FORGET_SECONDS = 86_400;

/** KEYS: members, entries, secret, leases. ARGV: own id or empty, own entry, milliseconds, seconds, a secret if there is none. */
const BEAT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[1] ~= '' then
  redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
  redis.call('SETNX', KEYS[3], ARGV[5])
  for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[4]) end
end
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], dead)
  redis.call('HDEL', KEYS[2], dead)
end
local leases = {}
for i = 4, #KEYS do leases[i - 3] = redis.call('GET', KEYS[i]) or '' end
return { redis.call('HVALS', KEYS[2]), leases, redis.call('GET', KEYS[3]) or '' }`;

const LEAVE = `
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])`;

export interface Registry {
  /** Renews this process's entry and reads all. Rejects while Redis does not answer. */
  beat(entry: Entry): Promise<Picture>;
  /** Reads all, without an entry of its own. */
  read(): Promise<Picture>;
  leave(id: string): Promise<void>;
}

/** @param shards Their names, with the namespace of each one's lease. */
export function openRegistry(
  redis: Redis,
  namespace: string,
  shards: readonly { readonly name: string; readonly namespace: string }[],
): Registry {
  const keys = [`pegway-${namespace}-members`, `pegway-${namespace}-entries`] as const;
  const secretKey = `pegway-${namespace}-secret`;
  const ownSecret = randomBytes(32).toString('hex');
  const leases = shards.map((shard) => leaseKey(shard.namespace));
  const picture = async (id: string, entry: string): Promise<Picture> => {
    const all = [...keys, secretKey, ...leases];
    const values = [id, entry, EXPIRES_MS, FORGET_SECONDS, ownSecret];
    const [entries, holders, secret] = (await redis.eval(BEAT, all.length, ...all, ...values)) as readonly [
      readonly string[],
      readonly string[],
      string,
    ];
    return {
      secret,
      members: entries.map((text) => JSON.parse(text) as Entry).toSorted((a, b) => a.id.localeCompare(b.id)),
      shards: shards.map(({ name }, place) => {
        const value = holders[place] ?? '';
        return { shard: name, holder: value === '' ? undefined : instanceIn(value) };
      }),
    };
  };
  return {
    beat: (entry) => picture(entry.id, JSON.stringify(entry)),
    read: () => picture('', ''),
    async leave(id) {
      await redis.eval(LEAVE, 2, ...keys, id);
    },
  };
}
