import { hostname } from 'node:os';

import type { Logger } from 'pino';
import type { Address } from 'viem';

import { sides } from '../protocol/lane.ts';
import type { PrivatePort } from './api/private-port.ts';
import { sleep } from './async/loop.ts';
import type { Keys } from './bootstrap.ts';
import type { ProcessConfig } from './config.ts';
import type { Fleet, HeldShard } from './fleet.ts';
import { printHostPort } from './host-port.ts';
import { openQueue } from './queue/open-queue.ts';
import type { Queue } from './queue/queue.ts';
import { type Lease, soleLease } from './queue/sole-lease.ts';
import { advertisedUrl } from './shards/advertised-url.ts';
import { fleetNamespace, shardNamespace } from './shards/namespace.ts';
import type { ShardKeeper, Tenure } from './shards/keeper.ts';

/*
 * The shards of a process: one that has all of them under the lease of its signer, or the share that it takes of several processes.
 */

/** How long a shard that is given up waits for its transactions to be in a block. The next owner finds the others in the pools. */
const SETTLE_SECONDS = 8;
const SETTLE_POLL_SECONDS = 0.1;

/** Scopes lease and queue: to an only bridge and its signer; of several bridges, which come and go, to the signer. */
export function namespaceOf({ isFleet, bridges: [bridge] }: ProcessConfig, signer: Address): string {
  if (isFleet || bridge === undefined) return fleetNamespace(signer);
  const own = signer.slice(2, 10);
  return [...sides.flatMap((side) => [bridge[side].chainId, bridge[side].bridge.slice(2, 10)]), own].join('-');
}

/** The private port distinguishes the installations on one host. */
export const instanceOf = ({ listen }: Pick<ProcessConfig, 'listen'>): string =>
  `${hostname()} ${printHostPort(listen.private)}`;

export interface LeaseContext {
  readonly namespace: string;
  readonly port: Pick<PrivatePort, 'problems'>;
  readonly signal: AbortSignal;
}

/** Waits for the signer's lease. Without Redis there is no standby: the folder lock refuses a second process on this host. */
export async function acquireLease(
  config: Pick<ProcessConfig, 'queue' | 'listen'>,
  { namespace, port: { problems }, signal, superseded }: LeaseContext & { readonly superseded: boolean },
): Promise<Lease> {
  const { queue: url } = config;
  if (url === undefined) return soleLease;
  // Loads Redis only where one is configured.
  const { takeLease } = await import('./queue/lease.ts');
  const lease = await takeLease({
    ...{ url, namespace, signal },
    instance: superseded ? undefined : instanceOf(config),
    onWait: (code, message) => problems.set('lease', code, message),
  });
  problems.clear('lease');
  return lease;
}

export interface TenureContext {
  readonly config: Pick<ProcessConfig, 'queue'>;
  readonly keys: Keys;
  readonly fleet: Fleet;
  /** Of the lease. */
  readonly namespace: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The contents that the processes of the signer have signed. */
  readonly signedBy?: HeldShard['signedBy'];
}

/** The queues of the tenures of a process. */
export type Queues = Set<Queue>;

/**
 * Starts the bridges of a shard, with a queue of this tenure: a process that was suspended takes no job from its successor.
 * Disposal stops the queue, then the bridges.
 */
export async function openTenure(
  shard: string,
  lease: Lease,
  queues: Queues,
  { config, keys, fleet, namespace, log, signal, signedBy }: TenureContext,
): Promise<Tenure> {
  const payer = keys.paying.find(({ signer }) => signer.address === shard)?.signer;
  if (payer === undefined) throw new RangeError(`no shard ${shard}`);
  const spaceOf = (tenure: string) => [namespace, tenure].filter((part) => part !== '').join('-');
  await using opening = new AsyncDisposableStack();
  const queue = await openQueue({
    ...{ url: config.queue, namespace: spaceOf(lease.tenure), log, signal },
    previous: lease.previous === undefined ? undefined : spaceOf(lease.previous),
  });
  // Stops before the bridges.
  await using stopping = new AsyncDisposableStack();
  stopping.use(queue);
  const bridges = opening.use(await fleet.hold({ name: shard, payer, lease, queue, signedBy }));
  queues.add(queue);
  stopping.defer(() => void queues.delete(queue));
  queue.start(fleet.handlers);

  const stop = opening.use(stopping.move());
  const running = opening.move();
  return {
    async settle() {
      await stop.disposeAsync();
      const until = performance.now() + SETTLE_SECONDS * 1_000;
      while (bridges.pending() > 0 && performance.now() < until && !signal.aborted) {
        await sleep(SETTLE_POLL_SECONDS, signal);
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** True if processes of one signer share its shards: several bridges, and a Redis. */
export const sharesShards = ({ isFleet, queue }: Pick<ProcessConfig, 'isFleet' | 'queue'>): boolean =>
  isFleet && queue !== undefined;

export interface KeepContext extends Omit<TenureContext, 'config'> {
  readonly config: ProcessConfig;
  readonly queues: Queues;
  readonly port: Pick<PrivatePort, 'problems' | 'metrics'>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Takes this process's share of the signer's shards, beside the other processes on the same Redis. */
export async function keepShards(context: KeepContext): Promise<ShardKeeper> {
  const { config, keys, fleet, namespace, queues, port, log, signal, now } = context;
  const { problems, metrics } = port;
  const { queue: url = '' } = config;
  const [{ connectForLeases }, { createShardKeeper }, { openSignedContents }] = await Promise.all([
    import('./queue/lease.ts'),
    import('./shards/keeper.ts'),
    import('./shards/signed-contents.ts'),
  ]);
  const connection = await connectForLeases(url, signal, (message) =>
    problems.set('lease', 'queue-unreachable', message),
  );
  problems.clear('lease');
  const shards = keys.paying.map(({ signer }) => signer.address);
  for (const shard of shards) metrics.shardHeld.set({ shard }, 0);
  return createShardKeeper({
    ...{ connection, namespace, shards, instance: instanceOf(config), problems, log, now },
    entry: () => ({ url: advertisedUrl(config.listen), satellites: satellitesOf(fleet) }),
    open(shard, lease) {
      const { fence } = lease;
      return openTenure(shard, lease, queues, {
        ...{ config, keys, fleet, log, signal },
        namespace: shardNamespace(namespace, shard),
        signedBy: fence && ((id) => openSignedContents(connection.redis, `${namespace}-${id}`, fence)),
      });
    },
    onHeld: (shard, isHeld) => metrics.shardHeld.set({ shard }, isHeld ? 1 : 0),
    onPicture(picture) {
      metrics.shardProcesses.set(picture.members.length);
      for (const { shard, holder } of picture.shards) metrics.shardUnheld.set({ shard }, holder === undefined ? 1 : 0);
    },
  });
}

/** Requests about these contracts name no bridge. */
const satellitesOf = (fleet: Fleet): Record<string, string> =>
  Object.fromEntries(
    fleet.runners().flatMap(({ id, open }) => {
      const rewards = open?.bridge.rewards?.address;
      return rewards === undefined ? [] : [[rewards.toLowerCase(), id]];
    }),
  );
