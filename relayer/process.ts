import type { Logger } from 'pino';
import type { Address } from 'viem';

import manifest from '../package.json' with { type: 'json' };
import { PegwayError, adviceOf, codeOf, messageOf } from '../protocol/errors.ts';
import { createBeat } from './async/beat.ts';
import { createBridgeDirectory } from './api/bridge-directory.ts';
import { type PrivatePort, openPrivatePort } from './api/private-port.ts';
import { openPublicPort } from './api/public-port.ts';
import { type FaultScopes, createFaultScopes } from './async/fault-scopes.ts';
import { sleep } from './async/loop.ts';
import { type Keys, openKeys } from './bootstrap.ts';
import { createPeerSources } from './callers/peer-sources.ts';
import { afterGathering } from './chain/merged-calls.ts';
import { type Patiently, checkBridge } from './check-bridge.ts';
import type { ProcessConfig } from './config.ts';
import { type Fleet, openFleet } from './fleet.ts';
import { HEARTBEAT_SECONDS, createHeartbeat } from './monitoring/heartbeat.ts';
import type { Problems } from './monitoring/problems.ts';
import { type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import { type PeerClient, openPeerClient } from './peers/http.ts';
import { type Queues, acquireLease, keepShards, namespaceOf, openTenure, sharesShards } from './process-shards.ts';
import type { Queue } from './queue/queue.ts';
import { checkReload } from './check-reload.ts';
import { createOtherProcesses } from './other-processes.ts';
import type { ConfigSource } from './reload/config-source.ts';
import { createReloader } from './reload/reloader.ts';
import { createForwarder } from './shards/forwarder.ts';
import { lockDataFolder } from './store/database.ts';

/*
 * The process of one signer, in the order of its steps. Each step registers how it stops; they stop in reverse order, and a
 * start that fails stops the steps before it.
 *
 *   private port → keys → chains checked → lease → data folder → chains → shards with their bridges → heartbeat → public port → reloads
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
  /** Receives the exceptions that nothing caught, where the program has a handler for these. */
  readonly faults?: FaultScopes | undefined;
}

/** Monotonic seconds. */
const now = (): number => performance.now() / 1_000;
/** Relayers of one program share it, so that nothing is to be closed. */
const beat = createBeat(now);

/**
 * Starts one signer's relayer. While another process of the same signer holds the lease, it stands by.
 * @throws {PegwayError} exit code 2 when the configuration does not fit the chains; nothing was signed then.
 */
export async function startProcess(config: ProcessConfig, options: StartOptions): Promise<RelayerProcess> {
  const { log, source, superseded = false, faults = createFaultScopes() } = options;
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

  // Lease: of an only bridge, or without Redis, one process of a signer continues from here.
  const namespace = namespaceOf(config, address);
  const isShared = sharesShards(config);
  const lease = isShared ? undefined : await acquireLease(config, { namespace, port, signal, superseded });
  if (lease !== undefined) defer(() => lease.release());

  // Data folder: locked until everything below has stopped.
  const lock = await patiently(problems, signal)('data folder', () => Promise.resolve(lockDataFolder(config.dataDir)));
  defer(() => lock.close());

  // Connections to peers.
  const peerClient = steps.use(openPeerClient());

  // Chains, and bridges as shards are held.
  const loopContext = { watchdog, problems, metrics, signal };
  const fleet = steps.use(
    openFleet({ config, keys, peerClient, metrics, loopContext, patiently, faults, log, now, beat }),
  );

  // Shards: all of them, or this process's share.
  const queues: Queues = new Set();
  const tenureContext = { config, keys, fleet, namespace, log, signal };
  const keeper = isShared ? steps.use(await keepShards({ ...tenureContext, queues, port, now })) : undefined;
  if (keeper !== undefined) {
    const keeping = startLoop(keeper.loop, loopContext);
    defer(async () => {
      stopping.abort();
      await keeping;
    });
  }
  if (lease !== undefined) {
    for (const { signer } of keys.paying) steps.use(await openTenure(signer.address, lease, queues, tenureContext));
  }
  if (!config.isFleet) await Promise.all(fleet.runners().map(({ opened }) => opened));

  // Heartbeat.
  const heartbeat = startHeartbeat(config, { ...{ fleet, keys, queues, peerClient, port, signal, log }, loopContext });
  defer(async () => {
    stopping.abort();
    await heartbeat;
  });

  // Public port.
  const forwarder = keeper && steps.use(createForwarder(() => keeper.picture()?.secret));
  const directory = createBridgeDirectory({
    ...{ version: manifest.version, runners: () => fleet.runners(), isFleet: config.isFleet, now },
    onFault: ({ name }, error) => log.warn({ bridge: name, error: messageOf(error) }, 'bridge not listed'),
    others: keeper && forwarder && createOtherProcesses({ fleet, keys, keeper, forwarder, now }),
  });
  const sources = createPeerSources({ peers: () => fleet.peers(), now });
  const publicPort = await openPublicPort({ at: config.listen, directory, sources, metrics, forwarder, log });
  defer(() => publicPort.close());
  port.started({
    bridges: () => fleet.pictures(),
    isOfBridges: (part) => fleet.runners().some((runner) => runner.concerns(part)),
    shards: () => keeper?.states(),
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
    superseded: lease?.lost ?? neverSuperseded,
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

/** Of a process that shares shards: it gives up a shard that it lost, and goes on. */
const neverSuperseded = AbortSignal.any([]);

interface RunningParts {
  readonly fleet: Fleet;
  readonly keys: Keys;
  readonly queues: Queues;
  readonly peerClient: PeerClient;
  readonly port: PrivatePort;
  readonly loopContext: LoopContext;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

function startHeartbeat(config: ProcessConfig, parts: RunningParts): Promise<void> {
  const { fleet, keys, queues, peerClient, port, loopContext, signal, log } = parts;
  const checkVitals = createHeartbeat({
    ...{ peerClient, metrics: port.metrics, problems: port.problems, signal, now },
    bridges: () => fleet.runners().flatMap(({ peerReports }) => peerReports ?? []),
    keys: () => keys.all(),
    payers: () =>
      fleet.chains().map((chain) => ({
        ...{ chain: chain.name, nodes: chain.reader.nodes, accounts: chain.accounts() },
        baseFee: chain.accounts()[0]?.tip?.baseFeePerGas ?? null,
      })),
  });
  return startLoop(
    {
      name: 'vitals',
      stallSeconds: HEARTBEAT_SECONDS + config.standSeconds,
      async round() {
        for (const runner of fleet.runners()) runner.probe();
        await Promise.all([checkVitals(), reportQueues([...queues], port)]);
        await afterGathering(beat)(HEARTBEAT_SECONDS, loopContext.signal);
        return 0;
      },
      onError: (error) => log.warn({ error: messageOf(error) }, 'heartbeat failed'),
    },
    loopContext,
  );
}

/** Applies edits of the configuration file. */
function startReloads(
  source: ConfigSource,
  { fleet, keys, port, loopContext, log }: Omit<RunningParts, 'queues' | 'peerClient' | 'signal'>,
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

async function reportQueues(queues: readonly Queue[], { metrics, problems }: PrivatePort): Promise<void> {
  try {
    const counts = (await Promise.all(queues.map((queue) => queue.counts()))).flat();
    metrics.queueJobs.reset();
    for (const { queue: name, state, count } of counts) metrics.queueJobs.inc({ queue: name, state }, count);
    problems.clear('queue');
  } catch (error) {
    problems.set('queue', codeOf(error), messageOf(error));
  }
}
