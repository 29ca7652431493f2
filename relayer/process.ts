import { hostname } from 'node:os';

import type { Logger } from 'pino';
import type { Address } from 'viem';

import manifest from '../package.json' with { type: 'json' };
import { PegwayError, adviceOf, codeOf, messageOf } from '../protocol/errors.ts';
import { sides } from '../protocol/lane.ts';
import { createBridgeDirectory } from './api/bridge-directory.ts';
import { type PrivatePort, openPrivatePort } from './api/private-port.ts';
import { openPublicPort } from './api/public-port.ts';
import { sleep } from './async/loop.ts';
import { type Keys, openKeys } from './bootstrap.ts';
import { createPeerSources } from './callers/peer-sources.ts';
import { type Patiently, checkBridge } from './check-bridge.ts';
import type { ProcessConfig } from './config.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { printHostPort } from './host-port.ts';
import { HEARTBEAT_SECONDS, createHeartbeat } from './monitoring/heartbeat.ts';
import type { Problems } from './monitoring/problems.ts';
import { type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import { type PeerClient, openPeerClient } from './peers/http.ts';
import { openQueue } from './queue/open-queue.ts';
import type { Queue } from './queue/queue.ts';
import { type Lease, soleLease } from './queue/sole-lease.ts';
import { checkReload } from './check-reload.ts';
import type { ConfigSource } from './reload/config-source.ts';
import { createReloader } from './reload/reloader.ts';
import { lockDataFolder } from './store/database.ts';

/*
 * The process of one signer, in the order of its steps. Each step registers how it stops; they stop in reverse order, and a
 * start that fails stops the steps before it.
 *
 *   private port → keys → chains checked → lease → data folder → queue → chains and bridges → heartbeat → public port → reloads
 *
 * The way of a transfer: chain loop → block processor → lane worker (plan → attest → collect → submit) → block processor
 * (confirm); reconciler and audit beside it.
 */

const RETRY_SECONDS = 1;
/** Longest time that a reload takes: checks of the chains, and batches that end. */
const RELOAD_SECONDS = 120;

export interface RelayerProcess extends AsyncDisposable {
  readonly address: Address;
  /** As last applied. */
  config(): ProcessConfig;
  /** Aborted when another process of this signer has taken over: dispose this one; it may stand by again. */
  readonly superseded: AbortSignal;
}

export interface StartOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** True if this process was superseded and must wait for the lease like any other. */
  readonly superseded?: boolean;
  /** The file of the configuration, where edits of it are to take effect. */
  readonly source?: ConfigSource | undefined;
}

/** Monotonic seconds. */
const now = (): number => performance.now() / 1_000;

/**
 * Starts one signer's relayer. While another process of the same signer holds the lease, it stands by.
 * @throws {PegwayError} exit code 2 when the configuration does not fit the chains; nothing was signed then.
 */
export async function startProcess(config: ProcessConfig, options: StartOptions): Promise<RelayerProcess> {
  const { log, source, superseded = false } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  await using steps = new AsyncDisposableStack();
  const defer = (stop: () => void | Promise<void>): void => steps.defer(async () => stop());

  // Private port: first, so that it shows what the following steps wait for.
  const port = await openPrivatePort(config.listen.private, { log, now });
  defer(() => port.close());
  const { metrics, problems, watchdog } = port;

  // Keys.
  const keys = await openKeys(config, { metrics, problems, signal, now });
  defer(() => keys.close());
  const { address } = keys.attesting.signer;

  // Chains: an only bridge must be the configured one; of several, each is checked when it is opened.
  const [first] = config.bridges;
  if (!config.isFleet && first !== undefined) await checkBridge(first, patiently(problems, signal));

  // Lease: one process of a signer continues from here.
  const namespace = namespaceOf(config, address);
  const lease = await acquireLease(config, port, { namespace, signal, superseded });
  defer(() => lease.release());

  // Data folder: locked until everything below has stopped.
  const lock = await patiently(problems, signal)('data folder', () => Promise.resolve(lockDataFolder(config.dataDir)));
  defer(() => lock.close());

  // Queue: one per tenure of the lease, so that a process that was suspended takes no job from its successor.
  const spaceOf = (tenure: string) => [namespace, tenure].filter((part) => part !== '').join('-');
  const queue = await openQueue({
    ...{ url: config.queue, namespace: spaceOf(lease.tenure), log, signal },
    previous: lease.previous === undefined ? undefined : spaceOf(lease.previous),
  });
  // Registered below the bridges, so that it stops before them; until then, here.
  await using unregistered = new AsyncDisposableStack();
  unregistered.use(queue);

  // Connections to peers.
  const peerClient = steps.use(openPeerClient());

  // Chains, accounts and bridges.
  const loopContext = { watchdog, problems, metrics, signal };
  const fleet = steps.use(
    await openFleet({ ...{ config, keys, queue, peerClient, lease, metrics, loopContext, patiently, log, now } }),
  );
  steps.use(queue);
  unregistered.move();
  queue.start(fleet.handlers);
  if (!config.isFleet) await Promise.all(fleet.runners().map(({ opened }) => opened));

  // Heartbeat.
  const heartbeat = startHeartbeat(config, { ...{ fleet, keys, queue, peerClient, port, signal, log }, loopContext });
  defer(async () => {
    stopping.abort();
    await heartbeat;
  });

  // Public port.
  const directory = createBridgeDirectory({
    ...{ version: manifest.version, runners: () => fleet.runners(), isFleet: config.isFleet, now },
  });
  const sources = createPeerSources({ peers: () => fleet.peers(), now });
  const publicPort = await openPublicPort({ at: config.listen, directory, sources, metrics });
  defer(() => publicPort.close());
  port.started({
    bridges: () => fleet.pictures(),
    isOfBridges: (part) => fleet.runners().some((runner) => runner.concerns(part)),
    measure: () => fleet.chains().forEach((chain) => chain.measure()),
  });

  // Reloads.
  metrics.configRefused.set(0);
  const reloads = source === undefined ? undefined : startReloads(source, { fleet, keys, port, loopContext, log });
  defer(async () => {
    stopping.abort();
    await reloads;
  });

  metrics.buildInfo.set({ version: manifest.version, address }, 1);
  log.info({ address, bridges: config.bridges.length }, 'relayer started');

  const running = steps.move();
  return {
    address,
    config: () => fleet.config(),
    superseded: lease.lost,
    async [Symbol.asyncDispose]() {
      // First of all, so that every step sees that it ends.
      stopping.abort();
      await running.disposeAsync();
      log.info({ address }, 'relayer stopped');
    },
  };
}

/** Reports a failure as a problem of `part` and retries it; throws misconfiguration, and when the signal is aborted. */
const patiently =
  (problems: Problems, signal: AbortSignal): Patiently =>
  async (part, action) => {
    for (;;) {
      try {
        const result = await action();
        problems.clear(part);
        return result;
      } catch (error) {
        if (!(error instanceof PegwayError) || error.exitCode === 2 || signal.aborted) throw error;
        problems.set(part, error.code ?? 'rpc-unreachable', adviceOf(error));
        await sleep(RETRY_SECONDS, signal);
        signal.throwIfAborted();
      }
    }
  };

/**
 * Scopes lease and queue: to an only bridge and its signer; of several bridges, which come and go, to the signer, because they
 * share its paying account.
 */
function namespaceOf({ isFleet, bridges: [bridge] }: ProcessConfig, signer: Address): string {
  const own = signer.slice(2, 10);
  if (isFleet || bridge === undefined) return `fleet-${own}`;
  return [...sides.flatMap((side) => [bridge[side].chainId, bridge[side].bridge.slice(2, 10)]), own].join('-');
}

/** Waits for the signer's lease. Without Redis there is no standby: the folder lock refuses a second process on this host. */
async function acquireLease(
  { queue: url, listen }: ProcessConfig,
  { problems }: PrivatePort,
  { namespace, signal, superseded }: { namespace: string; signal: AbortSignal; superseded: boolean },
): Promise<Lease> {
  if (url === undefined) return soleLease;
  // Loads Redis only where one is configured.
  const { takeLease } = await import('./queue/lease.ts');
  const lease = await takeLease({
    ...{ url, namespace, signal },
    // The private port distinguishes the installations on one host.
    instance: superseded ? undefined : `${hostname()} ${printHostPort(listen.private)}`,
    onWait: (code, message) => problems.set('lease', code, message),
  });
  problems.clear('lease');
  return lease;
}

interface RunningParts {
  readonly fleet: Fleet;
  readonly keys: Keys;
  readonly queue: Queue;
  readonly peerClient: PeerClient;
  readonly port: PrivatePort;
  readonly loopContext: LoopContext;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

function startHeartbeat(config: ProcessConfig, parts: RunningParts): Promise<void> {
  const { fleet, keys, queue, peerClient, port, loopContext, signal, log } = parts;
  const beat = createHeartbeat({
    ...{ peerClient, metrics: port.metrics, problems: port.problems, signal, now },
    bridges: () => fleet.runners().flatMap(({ open }) => open?.bridge.peerReports ?? []),
    keys: () => keys.all(),
    payers: () =>
      fleet.chains().map(({ name: chain, reader: { nodes }, account }) => ({
        ...{ chain, nodes, address: account.address, baseFee: account.tip?.baseFeePerGas ?? null },
        onBalance: (balance: bigint) => void (account.balance = balance),
      })),
  });
  return startLoop(
    {
      name: 'vitals',
      stallSeconds: HEARTBEAT_SECONDS + config.standSeconds,
      async round() {
        for (const runner of fleet.runners()) runner.probe();
        await Promise.all([beat(), reportQueue(queue, port)]);
        return HEARTBEAT_SECONDS;
      },
      onError: (error) => log.warn({ error: messageOf(error) }, 'heartbeat failed'),
    },
    loopContext,
  );
}

/** Applies edits of the configuration file. */
function startReloads(
  source: ConfigSource,
  { fleet, keys, port, loopContext, log }: Omit<RunningParts, 'queue' | 'peerClient' | 'signal'>,
): Promise<void> {
  const { metrics, problems } = port;
  const { signal } = loopContext;
  const reload = createReloader({
    ...{ source, running: () => fleet.config(), metrics, problems, log, signal, now },
    check: (plan) => checkReload(plan, { keys, problems: (id) => fleet.problems(id) }),
    async apply(plan) {
      await fleet.apply(plan);
      await keys.keep(plan.next.bridges.map(({ key }) => key));
      log.level = plan.next.log;
    },
  });
  return startLoop(
    {
      name: 'configuration',
      stallSeconds: RELOAD_SECONDS + fleet.config().standSeconds,
      round: reload,
      onError: (error) => log.error({ error: messageOf(error) }, 'configuration could not be compared'),
    },
    loopContext,
  );
}

async function reportQueue(queue: Pick<Queue, 'counts'>, { metrics, problems }: PrivatePort): Promise<void> {
  try {
    for (const { queue: name, state, count } of await queue.counts()) {
      metrics.queueJobs.set({ queue: name, state }, count);
    }
    problems.clear('queue');
  } catch (error) {
    problems.set('queue', codeOf(error), messageOf(error));
  }
}
