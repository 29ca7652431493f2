import { join } from 'node:path';

import type { Logger } from 'pino';

import type { BridgePicture } from './api/private-port.ts';
import type { Keys } from './bootstrap.ts';
import { type BridgeRunner, type BridgeRunnerOptions, runBridge } from './bridge-runner.ts';
import type { ChainConfig, Config, ProcessConfig } from './config.ts';
import { type Metrics, metricsOfBridge } from './monitoring/metrics.ts';
import { createProblems } from './monitoring/problems.ts';
import type { LoopContext } from './monitoring/supervised-loop.ts';
import { createWatchdog } from './monitoring/watchdog.ts';
import type { PeerClient } from './peers/http.ts';
import { type LaneId, type Queue, type QueueHandlers, bridgeIn } from './queue/queue.ts';
import type { Lease } from './queue/sole-lease.ts';
import { type SharedChain, openSharedChain } from './shared-chain.ts';

/** The chains and bridges of a process. */
export interface Fleet extends AsyncDisposable {
  chains(): readonly SharedChain[];
  runners(): readonly BridgeRunner[];
  /** As metrics and health show them. */
  pictures(): BridgePicture | readonly BridgePicture[];
  /** Dispatches jobs to the bridges. */
  readonly handlers: QueueHandlers;
}

export interface FleetOptions {
  readonly config: ProcessConfig;
  readonly keys: Keys;
  readonly queue: Queue;
  readonly peerClient: PeerClient;
  readonly lease: Pick<Lease, 'held' | 'lost'>;
  readonly metrics: Metrics;
  /** Of the process, as the loops of its chains report to it. */
  readonly loopContext: LoopContext;
  readonly patiently: BridgeRunnerOptions['patiently'];
  readonly log: Logger;
  /** Monotonic seconds. */
  readonly now: () => number;
}

interface Member extends BridgePicture {
  readonly runner: BridgeRunner;
  stop(): Promise<void>;
}

/** Opens the chains, then starts the bridges; returns before these are open. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { config, keys, loopContext, metrics, log, now } = options;
  const { problems, signal } = loopContext;
  const chains = new Map<string, SharedChain>();
  /** By bridge id. */
  const members = new Map<string, Member>();
  const patiently = options.patiently(problems, signal);

  const openChain = async (name: string, chainConfig: ChainConfig): Promise<void> => {
    const payer = keys.paying.signer;
    const folder = join('accounts', `${chainConfig.chainId}-${payer.address}`.toLowerCase());
    const chain = await patiently('data folder', () =>
      Promise.resolve(
        openSharedChain({
          ...{ name, config: chainConfig, payer, metrics, loopContext, log, now },
          accountDir: config.isFleet ? join(config.dataDir, folder) : config.dataDir,
          watchDisk: {
            written: () => problems.clear('data folder'),
            failed: ({ message }) => problems.set('data folder', 'disk-full', message),
          },
          isLeaseHeld: () => options.lease.held(),
          stallSeconds: config.standSeconds,
        }),
      ),
    );
    chains.set(name, chain);
  };

  const chain = (name: string): SharedChain => {
    const found = chains.get(name);
    if (found === undefined) throw new RangeError(`no chain ${name}`);
    return found;
  };

  /** Of a process with several bridges, each has metrics, problems, loops and a log of its own. */
  const ownParts = ({ name }: Config) => {
    if (!config.isFleet) {
      return { metrics, ownProblems: problems, watchdog: loopContext.watchdog, log, forget: () => undefined };
    }
    const labelled = metricsOfBridge(metrics, name);
    const ownLog = log.child({ bridge: name });
    return {
      ...{ metrics: labelled, watchdog: createWatchdog(now), log: ownLog },
      ownProblems: createProblems((problem) => ownLog.warn(problem, 'problem')),
      forget: () => labelled[Symbol.dispose](),
    };
  };

  const start = (bridge: Config): void => {
    const { forget, ...own } = ownParts(bridge);
    const { queue, peerClient, lease } = options;
    const runner = runBridge({
      ...{ config: bridge, isOnly: !config.isFleet, chain, keys, queue, peerClient, lease, ...own, signal, now },
      ...{ shared: problems, patiently: options.patiently },
    });
    members.set(runner.id, {
      ...{ runner, name: bridge.name, metrics: own.metrics },
      healthInputs: () => runner.healthInputs(),
      measure: () => runner.measure(),
      async stop() {
        await runner[Symbol.asyncDispose]();
        forget();
      },
    });
  };

  const close = async (): Promise<void> => {
    await Promise.all([...members.values()].map((member) => member.stop()));
    await Promise.all([...chains.values()].map((one) => one[Symbol.asyncDispose]()));
  };

  try {
    for (const [name, chainConfig] of Object.entries(config.chains)) await openChain(name, chainConfig);
  } catch (error) {
    await close();
    throw error;
  }
  config.bridges.forEach(start);

  const ofLane = (lane: LaneId): BridgeRunner | undefined => members.get(bridgeIn(lane))?.runner;
  return {
    chains: () => [...chains.values()],
    runners: () => [...members.values()].map(({ runner }) => runner),
    pictures() {
      const [first, ...others] = members.values();
      return config.isFleet || first === undefined ? [...(first === undefined ? [] : [first]), ...others] : first;
    },
    handlers: {
      // Jobs of a bridge that was removed meanwhile are dropped.
      wake: async (lane, abort) => ofLane(lane)?.plan(lane, abort),
      batch: async (job, abort) => ofLane(job.lane)?.run(job, abort),
    },
    [Symbol.asyncDispose]: close,
  };
}
