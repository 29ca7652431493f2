import { messageOf } from '../../protocol/errors.ts';
import { type LeaseConnection, claimLease } from '../queue/lease.ts';
import type { Lease } from '../queue/sole-lease.ts';
import type { Loop } from '../monitoring/supervised-loop.ts';
import { shardNamespace } from './namespace.ts';
import { type Entry, type Picture, openRegistry } from './registry.ts';
import { type Share, type ShardState, shardState, shareOf } from './shard-states.ts';

/*
 * Takes and gives up the shards of a process: at each round it renews its entry, computes its share, takes what is free of it, and
 * gives up one shard beyond it. A shard that is given up first ends what is in flight; one that is lost ends at once.
 */

/** Between two rounds. */
const ROUND_SECONDS = 0.5;
/** A round without an answer of Redis ends with its timeout. */
const STALL_SECONDS = 10;
/** A process that cannot open a shard, as with an unusable data folder, leaves all shards to the others for this long. */
const SIT_OUT_SECONDS = 30;

/** Of the problem of a process that cannot open a shard. */
const PART = 'shards';

/** The work of a process for a shard that it holds. */
export interface Tenure extends AsyncDisposable {
  /** Resolves when nothing is in flight, or after a timeout; nothing new starts from the call on. */
  settle(): Promise<void>;
}

export interface ShardKeeper extends AsyncDisposable {
  /** Of this process. */
  readonly instance: string;
  readonly loop: Loop;
  /** As last read; undefined before. */
  picture(): Picture | undefined;
  /** Every shard of the signer, held or not, and why not. */
  states(): readonly ShardState[];
}

export interface ShardKeeperOptions {
  readonly connection: LeaseConnection;
  /** Of the signer. */
  readonly namespace: string;
  readonly shards: readonly string[];
  /** Identifies this installation among the processes of the signer. */
  readonly instance: string;
  readonly entry: () => Pick<Entry, 'url' | 'satellites'>;
  readonly open: (shard: string, lease: Lease) => Promise<Tenure>;
  readonly problems: { set(part: string, code: string, message: string): void; clear(part: string): void };
  readonly log: Readonly<Record<'info' | 'warn', (details: object, message: string) => void>>;
  readonly onHeld: (shard: string, isHeld: boolean) => void;
  readonly onPicture: (picture: Picture) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}

interface Held {
  readonly lease: Lease;
  readonly opening: Promise<Tenure>;
  /** Set from the moment on at which it is given up. */
  ending: Promise<void> | undefined;
}

export function createShardKeeper(options: ShardKeeperOptions): ShardKeeper {
  const { connection, namespace, shards, instance, entry, open, problems, log, onHeld, onPicture, now } = options;
  const { redis } = connection;
  const named = shards.map((name) => ({ name, namespace: shardNamespace(namespace, name) }));
  const registry = openRegistry(redis, namespace, named);
  const claims = new Map(
    named.map((shard) => [
      shard.name,
      claimLease(redis, { namespace: shard.namespace, instance, signsWithoutRedis: false }),
    ]),
  );
  const generation = shards.toSorted().join(' ');
  const held = new Map<string, Held>();
  let share: Share | undefined;
  let unreachable: string | undefined;
  let isClosing = false;
  let sitsOutUntil = -Infinity;
  /** The shard that could not be opened, until it is, or is due at another process. */
  let failed: { readonly shard: string; readonly message: string } | undefined;
  const forgive = (): void => {
    failed = undefined;
    problems.clear(PART);
  };

  const end = (shard: string, how: 'settled' | 'lost' | 'at the end'): Promise<void> => {
    const one = held.get(shard);
    if (one === undefined) return Promise.resolve();
    one.ending ??= (async () => {
      try {
        const tenure = await one.opening.catch(() => undefined);
        if (how === 'settled') await tenure?.settle();
        await tenure?.[Symbol.asyncDispose]();
      } catch (error) {
        log.warn({ shard, error: messageOf(error) }, 'shard not closed in order');
      }
      await one.lease.release();
      held.delete(shard);
      onHeld(shard, false);
      log.info({ shard, how }, 'shard given up');
    })();
    return one.ending;
  };

  const begin = (shard: string, lease: Lease): void => {
    const opening = open(shard, lease);
    held.set(shard, { lease, opening, ending: undefined });
    lease.lost.addEventListener('abort', () => void end(shard, 'lost'), { once: true });
    onHeld(shard, true);
    log.info({ shard }, 'shard taken');
    opening.then(
      () => {
        if (failed?.shard === shard) forgive();
      },
      (error: unknown) => {
        const message = messageOf(error);
        log.warn({ shard, error: message, seconds: SIT_OUT_SECONDS }, 'shard not opened: left to other processes');
        sitsOutUntil = now() + SIT_OUT_SECONDS;
        failed = { shard, message: `this process could not open ${shard}: ${message}` };
        problems.set(PART, 'shard-not-opened', failed.message);
        void end(shard, 'lost');
      },
    );
  };

  const round = async (): Promise<void> => {
    const own = { id: instance, generation, shards: [...held.keys()], ...entry() };
    const seen = await (now() < sitsOutUntil ? registry.read() : registry.beat(own));
    share = shareOf(seen);
    unreachable = undefined;
    onPicture(seen);
    const { assigned } = share;
    const isMine = (shard: string): boolean => assigned.get(shard) === instance;
    if (failed !== undefined && now() >= sitsOutUntil && !isMine(failed.shard)) forgive();

    for (const shard of shards) {
      if (!isMine(shard) || held.has(shard) || isClosing) continue;
      const lease = await claims.get(shard)?.take();
      if (lease !== undefined) begin(shard, lease);
    }
    // One at a time, so that at most one shard has no owner.
    const isEnding = [...held.values()].some(({ ending }) => ending !== undefined);
    const excess = [...held.keys()].find((shard) => !isMine(shard));
    if (!isEnding && excess !== undefined) void end(excess, 'settled');
  };

  return {
    instance,
    picture: () => share?.picture,
    states() {
      const sitsOut = now() < sitsOutUntil ? failed?.message : undefined;
      return shards.map((shard) =>
        shardState({ ...{ shard, instance, share, unreachable, sitsOut }, isHeld: held.has(shard) }),
      );
    },
    loop: {
      name: 'shards',
      stallSeconds: STALL_SECONDS,
      retrySeconds: ROUND_SECONDS,
      async round() {
        await round();
        problems.clear('lease');
        return ROUND_SECONDS;
      },
      onError(error) {
        unreachable = connection.reason(error);
        problems.set('lease', 'queue-unreachable', unreachable);
      },
    },
    async [Symbol.asyncDispose]() {
      isClosing = true;
      // First, so that the others wait for the leases already when these are released.
      await registry.leave(instance).catch(() => undefined);
      await Promise.all([...held.keys()].map((shard) => end(shard, 'at the end')));
      connection[Symbol.dispose]();
    },
  };
}
