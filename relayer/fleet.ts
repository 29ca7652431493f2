import { join } from 'node:path';

import type { Logger } from 'pino';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import type { Problem } from './api/health.ts';
import type { BridgePicture } from './api/private-port.ts';
import type { Keys } from './bootstrap.ts';
import { type BridgeRunner, type BridgeRunnerOptions, runBridge } from './bridge-runner.ts';
import { type ChainConfig, type Config, type ProcessConfig, bridgeIdOf } from './config.ts';
import { metricsOfBridge } from './monitoring/bridge-metrics.ts';
import { forgetChain } from './monitoring/chain-metrics.ts';
import type { Metrics } from './monitoring/metrics.ts';
import { createProblems, problemsOf } from './monitoring/problems.ts';
import type { LoopContext } from './monitoring/supervised-loop.ts';
import { createWatchdog } from './monitoring/watchdog.ts';
import type { PeerClient } from './peers/http.ts';
import { type LaneId, type Queue, type QueueHandlers, bridgeIn } from './queue/queue.ts';
import type { ReloadPlan } from './reload/plan-reload.ts';
import type { Lease } from './queue/sole-lease.ts';
import { type SharedChain, openSharedChain } from './shared-chain.ts';

/** The chains and bridges of a process. */
export interface Fleet extends AsyncDisposable {
  /** As last applied. */
  config(): ProcessConfig;
  /** The peers of all bridges; the same list until a configuration is applied. */
  peers(): Config['peers'];
  /** Changes chains and bridges to those of another configuration, which was checked. Those that are unaffected go on. */
  apply(plan: ReloadPlan): Promise<void>;
  /** Problems of a bridge, by its id. */
  problems(id: string): readonly Problem[];
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
  readonly log: Logger;
  stop(): Promise<void>;
}

const peersOf = ({ bridges }: ProcessConfig): Config['peers'] => bridges.flatMap(({ peers }) => peers);

/** Opens the chains, then starts the bridges; returns before these are open. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  const { keys, loopContext, metrics, log, now } = options;
  const { problems, signal } = loopContext;
  const chains = new Map<string, { readonly shared: SharedChain; readonly problems: Disposable }>();
  /** By bridge id. */
  const members = new Map<string, Member>();
  const patiently = options.patiently(problems, signal);
  let { config } = options;
  let peers = peersOf(config);

  const openChain = async (name: string, chainConfig: ChainConfig, isFirst: boolean): Promise<void> => {
    const payer = keys.paying.signer;
    const folder = join('accounts', `${chainConfig.chainId}-${payer.address}`.toLowerCase());
    const ownProblems = problemsOf(problems);
    const open = () =>
      openSharedChain({
        ...{ name, config: chainConfig, payer, metrics, log, now },
        loopContext: { ...loopContext, problems: ownProblems },
        accountDir: config.isFleet ? join(config.dataDir, folder) : config.dataDir,
        watchDisk: {
          written: () => problems.clear('data folder'),
          failed: ({ message }) => problems.set('data folder', 'disk-full', message),
        },
        isLeaseHeld: () => options.lease.held(),
        stallSeconds: config.standSeconds,
      });
    const chain = await patiently('data folder', async () => {
      try {
        return await Promise.resolve(open());
      } catch (cause) {
        if (isFirst) throw cause;
        // The folder of a running process is usable: what fails is repeated.
        throw new PegwayError(messageOf(cause), { cause, code: 'disk-full' });
      }
    });
    chains.set(name, { shared: chain, problems: ownProblems });
  };

  const closeChain = async (name: string): Promise<void> => {
    const closing = chains.get(name);
    await closing?.shared[Symbol.asyncDispose]();
    chains.delete(name);
    closing?.problems[Symbol.dispose]();
    // Set by the heartbeat.
    problems.clear(`${name} funds`);
    await forgetChain(metrics, name);
  };

  const chain = (name: string): SharedChain => {
    const found = chains.get(name)?.shared;
    if (found === undefined) throw new RangeError(`no chain ${name}`);
    return found;
  };

  /** Of a process with several bridges, each has metrics, problems, loops and a log of its own. */
  const ownParts = ({ name }: Config) => {
    const labelled = metricsOfBridge(metrics, config.isFleet ? name : undefined);
    if (!config.isFleet) {
      const ownProblems = problemsOf(problems);
      const forget = () => {
        ownProblems[Symbol.dispose]();
        labelled[Symbol.dispose]();
      };
      return { metrics: labelled, ownProblems, watchdog: loopContext.watchdog, log, forget };
    }
    const ownLog = log.child({ bridge: name });
    return {
      ...{ metrics: labelled, watchdog: createWatchdog(now), log: ownLog },
      ownProblems: createProblems((problem) => ownLog.warn(problem, 'problem')),
      forget: () => labelled[Symbol.dispose](),
    };
  };

  const start = (bridge: Config, isRetried: boolean): void => {
    const { forget, ...own } = ownParts(bridge);
    const { queue, peerClient, lease } = options;
    const runner = runBridge({
      ...{
        config: bridge,
        isOnly: !config.isFleet,
        isRetried,
        chain,
        keys,
        queue,
        peerClient,
        lease,
        ...own,
        signal,
        now,
      },
      ...{ shared: { problems, watchdog: loopContext.watchdog }, patiently: options.patiently },
    });
    members.set(runner.id, {
      ...{ runner, name: bridge.name, metrics: own.metrics, log: own.log },
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
    await Promise.all([...chains.values()].map(({ shared }) => shared[Symbol.asyncDispose]()));
  };

  try {
    for (const [name, chainConfig] of Object.entries(config.chains)) await openChain(name, chainConfig, true);
  } catch (error) {
    await close();
    throw error;
  }
  for (const bridge of config.bridges) start(bridge, config.isFleet);

  const ofLane = (lane: LaneId): BridgeRunner | undefined => members.get(bridgeIn(lane))?.runner;
  return {
    config: () => config,
    peers: () => peers,
    problems: (id) => members.get(id)?.runner.problems() ?? [],

    async apply(plan) {
      // A bridge is closed before its chains, which hold its transactions; one that is reopened has its folder to itself.
      const reopened = new Set(plan.start.map(bridgeIdOf));
      await Promise.all(
        plan.stop.map(async (id) => {
          await members.get(id)?.stop();
          // One that is reopened stays listed.
          if (!reopened.has(id)) members.delete(id);
        }),
      );
      // All before the first is opened: a chain may have another name, and its account's nonces have one owner.
      await Promise.all(plan.close.map(closeChain));
      config = plan.next;
      peers = peersOf(config);
      for (const [name, chainConfig] of plan.open) await openChain(name, chainConfig, false);
      for (const { log: own } of members.values()) own.level = config.log;
      for (const bridge of plan.start) start(bridge, true);
    },

    chains: () => [...chains.values()].map(({ shared }) => shared),
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
