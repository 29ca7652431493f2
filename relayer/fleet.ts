import { join } from 'node:path';

import type { Logger } from 'pino';

import { PegwayError, messageOf } from '../protocol/errors.ts';
import type { Side } from '../protocol/lane.ts';
import type { Account } from './account.ts';
import type { Problem } from './api/health.ts';
import type { BridgePicture } from './api/private-port.ts';
import type { Beat } from './async/beat.ts';
import type { FaultScopes } from './async/fault-scopes.ts';
import { limit } from './async/limit.ts';
import type { Keys } from './bootstrap.ts';
import { type BridgeRunner, type BridgeRunnerOptions, runBridge } from './bridge-runner.ts';
import { type ChainConfig, type Config, type ProcessConfig, bridgeIdOf } from './config.ts';
import type { Signer } from './keys/signer.ts';
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
import { shardOf } from './shards/assignment.ts';

/** The chains and bridges of a process. Bridges run while it holds their shard. */
export interface Fleet extends AsyncDisposable {
  /** As last applied. */
  config(): ProcessConfig;
  /** The peers of all bridges; the same list until a configuration is applied. */
  peers(): Config['peers'];
  /** Changes chains and bridges to those of another configuration, which was checked. Those that are unaffected go on. */
  apply(plan: ReloadPlan): Promise<void>;
  /** Opens the accounts of a shard and starts its bridges; resolves before these are open. */
  hold(shard: HeldShard): Promise<HeldBridges>;
  /** Problems of a bridge, by its id. */
  problems(id: string): readonly Problem[];
  chains(): readonly SharedChain[];
  /** Bridges of the shards that this process holds. */
  runners(): readonly BridgeRunner[];
  /** As metrics and health show them. */
  pictures(): BridgePicture | readonly BridgePicture[];
  /** Dispatches jobs to the bridges. */
  readonly handlers: QueueHandlers;
}

/** A shard that this process holds. */
export interface HeldShard {
  /** Address of its paying account. */
  readonly name: string;
  readonly payer: Signer;
  readonly lease: Pick<Lease, 'held' | 'maySign'>;
  readonly queue: Queue;
  readonly signedBy?: BridgeRunnerOptions['signedBy'];
}

/** The bridges of a held shard. Disposal stops them, then closes the accounts. */
export interface HeldBridges extends AsyncDisposable {
  /** Transactions of its accounts that are in no block yet. */
  pending(): number;
}

export interface FleetOptions {
  readonly config: ProcessConfig;
  readonly keys: Keys;
  readonly peerClient: PeerClient;
  readonly metrics: Metrics;
  /** Of the process, as the loops of its chains report to it. */
  readonly loopContext: LoopContext;
  readonly patiently: BridgeRunnerOptions['patiently'];
  readonly faults: FaultScopes;
  readonly log: Logger;
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Periodic work of all bridges that shares HTTP requests. */
  readonly beat: Beat;
}

interface Member extends BridgePicture {
  readonly runner: BridgeRunner;
  readonly log: Logger;
  stop(): Promise<void>;
}

interface Shard extends HeldShard {
  /** By name of the chain. */
  readonly accounts: Map<string, Account>;
  /** By id. */
  readonly members: Map<string, Member>;
}

/** Bridges between the same two chains that open at once. */
const OPENING_AT_ONCE = 8;
/** A bridge that takes longer to open, as with a node that hangs, no longer keeps others waiting. */
const OPENING_SECONDS = 2;

const peersOf = ({ bridges }: ProcessConfig): Config['peers'] => bridges.flatMap(({ peers }) => peers);

/** Opens the chains. */
export function openFleet(options: FleetOptions): Fleet {
  const { keys, peerClient, loopContext, metrics, log, now, beat } = options;
  const { problems, signal } = loopContext;
  const chains = new Map<string, { readonly shared: SharedChain; readonly problems: Disposable }>();
  /** By name. */
  const shards = new Map<string, Shard>();
  const shardNames = keys.paying.map(({ signer }) => signer.address);
  const patiently = options.patiently(problems, signal);
  /** By the names of two chains: bridges on other chains never wait. */
  const turns = new Map<string, BridgeRunnerOptions['inTurn']>();
  const openingTurn = ({ main, product }: Config): BridgeRunnerOptions['inTurn'] => {
    const key = `${main.chain} ${product.chain}`;
    const turn = turns.get(key) ?? limit(OPENING_AT_ONCE, OPENING_SECONDS);
    turns.set(key, turn);
    return turn;
  };
  let { config } = options;
  let peers = peersOf(config);

  const watchDisk = {
    written: () => problems.clear('data folder'),
    failed: ({ message }: Error) => problems.set('data folder', 'disk-full', message),
  };
  const openChain = (name: string, chainConfig: ChainConfig): void => {
    const ownProblems = problemsOf(problems);
    const shared = openSharedChain({
      ...{ name, config: chainConfig, watchDisk, stallSeconds: config.standSeconds, metrics, log, now },
      loopContext: { ...loopContext, problems: ownProblems },
    });
    chains.set(name, { shared, problems: ownProblems });
  };

  const closeChain = async (name: string): Promise<void> => {
    const closing = chains.get(name);
    for (const { accounts } of shards.values()) accounts.delete(name);
    await closing?.shared[Symbol.asyncDispose]();
    chains.delete(name);
    closing?.problems[Symbol.dispose]();
    // Set by the heartbeat.
    problems.clear(`${name} funds`);
    await forgetChain(metrics, name);
  };

  /** @param isFirst True if the folder was not used yet: one that cannot be used ends the process. */
  const openAccount = async (shard: Shard, { name, config: { chainId }, ...chain }: SharedChain, isFirst: boolean) => {
    const { payer, lease } = shard;
    const folder = join('accounts', `${chainId}-${payer.address}`.toLowerCase());
    const account = await patiently('data folder', async () => {
      try {
        return await Promise.resolve(
          chain.openAccount({
            ...{ payer, isLeaseHeld: () => lease.held() },
            folder: config.isFleet ? join(config.dataDir, folder) : config.dataDir,
          }),
        );
      } catch (cause) {
        if (isFirst) throw cause;
        // The folder of a running process is usable: what fails is repeated.
        throw new PegwayError(messageOf(cause), { cause, code: 'disk-full' });
      }
    });
    shard.accounts.set(name, account);
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

  const start = ({ members, accounts, queue, lease, signedBy }: Shard, bridge: Config, isRetried: boolean): void => {
    const { forget, ...own } = ownParts(bridge);
    const place = (side: Side) => {
      const { chain: name } = bridge[side];
      const [chain, account] = [chains.get(name)?.shared, accounts.get(name)];
      if (chain === undefined || account === undefined) throw new RangeError(`no chain ${name}`);
      return { chain, account };
    };
    const runner = runBridge({
      ...{
        config: bridge,
        isOnly: !config.isFleet,
        isRetried,
        keys,
        queue,
        peerClient,
        lease,
        signedBy,
        ...own,
        signal,
        now,
        beat,
      },
      ...{ shared: { problems, watchdog: loopContext.watchdog }, patiently: options.patiently },
      places: { main: place('main'), product: place('product') },
      ...{ faults: options.faults, inTurn: openingTurn(bridge) },
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
  const shardFor = (bridge: Config): Shard | undefined => shards.get(shardOf(bridgeIdOf(bridge), shardNames));

  /** Shards that are being given up: their bridges still use chains and accounts. */
  const closing = new Set<Promise<void>>();
  const give = async (shard: Shard): Promise<void> => {
    await Promise.all([...shard.members.values()].map((member) => member.stop()));
    await Promise.all([...shard.accounts.values()].map((account) => account[Symbol.asyncDispose]()));
  };
  const release = (shard: Shard): Promise<void> => {
    if (shards.get(shard.name) !== shard) return Promise.resolve();
    shards.delete(shard.name);
    const giving: Promise<void> = give(shard).finally(() => closing.delete(giving));
    closing.add(giving);
    return giving;
  };

  // One at a time: a shard that is taken during a reload starts with the new configuration.
  const inTurn = limit(1);

  const members = (): Member[] => [...shards.values()].flatMap((shard) => [...shard.members.values()]);
  const member = (id: string): Member | undefined => {
    for (const shard of shards.values()) {
      const found = shard.members.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const ofLane = (lane: LaneId): BridgeRunner | undefined => member(bridgeIn(lane))?.runner;

  for (const [name, chainConfig] of Object.entries(config.chains)) openChain(name, chainConfig);

  return {
    config: () => config,
    peers: () => peers,
    problems: (id) => member(id)?.runner.problems() ?? [],

    hold: (held) =>
      inTurn(async () => {
        const shard: Shard = { ...held, accounts: new Map(), members: new Map() };
        try {
          for (const { shared } of chains.values()) await openAccount(shard, shared, true);
        } catch (error) {
          await give(shard);
          throw error;
        }
        shards.set(shard.name, shard);
        for (const bridge of config.bridges) {
          if (shardFor(bridge) === shard) start(shard, bridge, config.isFleet);
        }
        return {
          pending: () => [...shard.accounts.values()].reduce((sum, one) => sum + one.transactions.pending().length, 0),
          [Symbol.asyncDispose]: () => release(shard),
        };
      }),

    apply: (plan) =>
      inTurn(async () => {
        // A bridge is closed before its chains, which hold its transactions; one that is reopened has its folder to itself.
        const reopened = new Set(plan.start.map(bridgeIdOf));
        await Promise.all(
          plan.stop.map(async (id) => {
            await member(id)?.stop();
            // One that is reopened stays listed.
            if (!reopened.has(id)) for (const shard of shards.values()) shard.members.delete(id);
          }),
        );
        await Promise.all(closing);
        // All before the first is opened: a chain may have another name, and its account's nonces have one owner.
        await Promise.all(plan.close.map(closeChain));
        config = plan.next;
        peers = peersOf(config);
        for (const [name, chainConfig] of plan.open) openChain(name, chainConfig);
        for (const shard of shards.values()) {
          for (const [name] of plan.open) {
            const opened = chains.get(name)?.shared;
            if (opened !== undefined) await openAccount(shard, opened, false);
          }
        }
        for (const { log: own } of members()) own.level = config.log;
        for (const bridge of plan.start) {
          const shard = shardFor(bridge);
          if (shard !== undefined) start(shard, bridge, true);
        }
      }),

    chains: () => [...chains.values()].map(({ shared }) => shared),
    runners: () => members().map(({ runner }) => runner),
    pictures() {
      const [first, ...others] = members();
      return config.isFleet || first === undefined ? [...(first === undefined ? [] : [first]), ...others] : first;
    },
    handlers: {
      // Jobs of a bridge that was removed meanwhile are dropped.
      wake: async (lane, abort) => ofLane(lane)?.plan(lane, abort),
      batch: async (job, abort) => ofLane(job.lane)?.run(job, abort),
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...[...shards.values()].map(release), ...closing]);
      await Promise.all([...chains.values()].map(({ shared }) => shared[Symbol.asyncDispose]()));
    },
  };
}
