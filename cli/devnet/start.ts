import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { PegwayError } from '../../protocol/errors.ts';
import { recordFolder } from '../deploy/parse-deployment.ts';
import type { ExitWindows } from '../deploy/runtime-code.ts';
import { takeLock } from '../../relayer/store/lock.ts';
import { type Chain, type ChainOptions, keepTime, startChain } from './anvil.ts';
import { type AppServer, serveApp } from './app.ts';
import type { Child } from './child.ts';
import type { DevnetFile } from './describe-devnet.ts';
import { type FleetKey, type FleetMember, isReady, newKeys } from './devnet-fleet.ts';
import { type Layout, type PreparedBridge, deployAll } from './prepare-devnet.ts';
import { portNear } from './free-ports.ts';
import { startQueueServer } from './queue-server.ts';
import { type Fleet, type PrepareFleet, type StartMember, startFleet } from './start-fleet.ts';
import type { PegOptions } from './demo-tokens.ts';
import { type PrometheusSettings, requirePrometheus, startPrometheus } from './start-prometheus.ts';

export type { DevnetBridge, DevnetFile } from './describe-devnet.ts';

/** The first bridge's fleet, and all fleets. */
export interface Devnet extends Omit<Fleet, 'bridge'> {
  readonly file: DevnetFile;
  readonly queueKind: string;
  readonly app: AppServer | undefined;
  readonly fleets: readonly Fleet[];
  /** The main chain first. */
  readonly chains: readonly Chain[];
  /** Starts six relayers for a bridge that was deployed later. */
  startFleet(bridge: PreparedBridge['bridge'], keys: readonly FleetKey[]): Promise<Fleet>;
  /** Ends every process it started, and deletes the files unless `keepFiles`. */
  stop(): Promise<void>;
}

export interface DevnetOptions {
  /** The devnet's folder; it writes nowhere else on the machine. */
  readonly directory: string;
  readonly redisUrl: string | undefined;
  /** Without `redisUrl`: a local `redis-server` if installed (the default), or none. */
  readonly queue?: 'best' | 'none';
  readonly keepFiles?: boolean;
  /** Starts a Prometheus that scrapes the relayers, configured as in ops/prometheus except for these settings. */
  readonly prometheus?: boolean | Partial<PrometheusSettings>;
  /** Serve the page. */
  readonly app?: boolean;
  /** Chains and page at the ports of the last devnet, where these are free: wallets remember them. Default: any ports. */
  readonly stablePorts?: boolean;
  /** Kills a process that has not ended within these seconds of its SIGTERM; 10 by default. */
  readonly stopSeconds?: number;
  /** Number of product chains, each with a bridge and six relayers of its own; default 1. */
  readonly productChains?: number;
  /** Number of bridges to each product chain. More than one share six relayers; default 1. */
  readonly bridges?: number;
  readonly layout?: Layout;
  /** Pegs beyond the plain ones; default none. */
  readonly pegs?: PegOptions;
  /** Anchors the product chains, one anchor after so many seconds; default: no anchors. */
  readonly anchorEverySeconds?: number;
  /** Creates the contracts of exits; needs anchors. */
  readonly exits?: ExitWindows;
  readonly turnSeconds?: number;
  readonly fallbackSeconds?: number;
  readonly sweepSeconds?: number;
  /** Starts a chain that includes transactions soon after they are sent; anvil by default. */
  readonly startChain?: (options: ChainOptions) => Promise<Chain>;
  /** Starts the blocks of a chain; one per second by default. */
  readonly startBlocks?: (chain: Chain) => Promise<void>;
  /** Starts a relayer; a process of its own by default. */
  readonly startMember?: StartMember;
  /** Called when a process ends unexpectedly. */
  readonly onLost?: (child: Child) => void;
  /** Number of relayers with keys that are not signers (yet); default 0. */
  readonly observers?: number;
  readonly prepare?: PrepareFleet;
  /** Aborts a start in progress, and ends its processes. */
  readonly signal?: AbortSignal;
  /** Receives progress as text. */
  readonly say: (step: string) => void;
}

const SIGNERS = 6;
const HOLDERS = 3;
const MAIN_CHAIN_ID = 31_337;

/** As in the tutorial: a wallet's default for a local chain. Product chains take the second one and those after it. */
const STABLE = { main: 8_545, product: 9_545, app: 7_280 };

const lockOf = (directory: string): string => join(directory, 'devnet.lock');

/**
 * Claims the folder for this process, from the first moment on.
 * @returns Releases the folder.
 * @throws {PegwayError} when a running devnet holds it.
 */
function claim(directory: string): () => void {
  mkdirSync(directory, { recursive: true });
  return takeLock(lockOf(directory), (holder) => {
    const hint = 'end it with Ctrl-C, or choose another folder with --data DIR';
    return new PegwayError(`${directory}: a devnet is running there (${holder})`, { exitCode: 2, hint });
  });
}

/** Starts the chains, the bridges between them, and six relayers for each. */
export async function startDevnet(options: DevnetOptions): Promise<Devnet> {
  const say = (step: string): void => {
    options.signal?.throwIfAborted();
    options.say(step);
  };
  const watching = prometheusSettings(options);
  if (watching !== undefined) requirePrometheus();
  const directory = resolve(options.directory);
  const release = claim(directory);
  const file = join(directory, 'devnet.json');
  const deploymentFile = join(directory, 'deployment.json');
  const forget = () => {
    for (const path of [file, deploymentFile, recordFolder(deploymentFile)])
      rmSync(path, { recursive: true, force: true });
  };
  forget();
  const run = join(directory, `run-${process.pid}-${Date.now()}`);
  mkdirSync(run, { recursive: true });
  const children: Child[] = [];
  const relayers: Child[] = [];
  let stopping = false;
  const appPort = options.stablePorts === true ? await portNear(STABLE.app) : 0;
  const app = options.app === true ? await serveApp(appPort) : undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error), { once: true });
  });
  // Handled where something waits for it.
  aborted.catch(() => undefined);

  const stop = async () => {
    stopping = true;
    await app?.stop();
    // Stop relayers before the chains and the queue that they depend on.
    await Promise.all(relayers.map((child) => child.stop(options.stopSeconds)));
    await Promise.all(children.map((child) => child.stop(options.stopSeconds)));
    forget();
    release();
    if (options.keepFiles !== true) rmSync(run, { recursive: true, force: true });
  };

  try {
    const chain = async (chainId: number, free: boolean, port: number) => {
      const started = await (options.startChain ?? startChain)({
        ...{ chainId, free },
        ...(options.stablePorts === true ? { port } : {}),
        logFile: join(run, `chain-${chainId}.log`),
      });
      children.push(started);
      return started;
    };
    const queueStarting = startQueueServer(run, { redisUrl: options.redisUrl, own: options.queue ?? 'best' }, (child) =>
      children.push(child),
    );
    const productIds = Array.from({ length: options.productChains ?? 1 }, (_, index) => MAIN_CHAIN_ID + 1 + index);
    const [main, ...products] = await Promise.all([
      chain(MAIN_CHAIN_ID, false, STABLE.main),
      ...productIds.map((chainId, index) => chain(chainId, true, STABLE.product + index)),
    ]);
    for (const product of products) {
      say(`chains ${main.chainId} (main, ${main.rpcUrl}) and ${product.chainId} (product, ${product.rpcUrl})`);
    }

    const holders = newKeys(HOLDERS);
    const deployed = await deployAll(directory, [main, ...products], {
      layout: options.layout ?? 'star',
      bridges: options.bridges ?? 1,
      signers: SIGNERS,
      observers: options.observers ?? 0,
      pegs: options.pegs ?? {},
      anchors: options.anchorEverySeconds !== undefined,
      exits: options.exits,
      holders,
    });
    for (const { bridge } of deployed) {
      say(`bridges ${bridge.main.bridge} and ${bridge.product.bridge}, ${SIGNERS} signers, 4 must sign`);
    }
    const startBlocks = options.startBlocks ?? ((one: Chain) => keepTime(one, 1));
    await Promise.all([main, ...products].map(startBlocks));

    const queue = await queueStarting;
    const launch = async (child: Child, member: FleetMember) => {
      relayers.push(child);
      await Promise.race([child.until(() => isReady(member)), aborted]);
      // Tests kill some on purpose, and restart them.
      void child.ended.then(() => stopping || options.onLost?.(child));
    };
    options.signal?.throwIfAborted();
    const fleets: Fleet[] = [];
    // One at a time: each start uses the whole machine.
    const settings = { queue: queue.url, ...timesOf(options) };
    const startSeveral = (
      bridges: readonly [PreparedBridge['bridge'], ...PreparedBridge['bridge'][]],
      keys: readonly FleetKey[],
    ) => startFleet(join(run, bridges[0].name), bridges, keys, settings, launch, options.prepare, options.startMember);
    const start: Devnet['startFleet'] = (bridge, keys) => startSeveral([bridge], keys);
    const groups = (options.bridges ?? 1) > 1 ? [deployed] : deployed.map((one) => [one]);
    for (const [one, ...more] of groups) {
      if (one === undefined) continue;
      fleets.push(await startSeveral([one.bridge, ...more.map(({ bridge }) => bridge)], one.keys));
      options.signal?.throwIfAborted();
    }
    say(`${fleets.length * SIGNERS} relayers, queue: ${queue.kind}`);

    const onPrometheus = (child: Child) => children.push(child);
    const prometheusUrl =
      watching === undefined ? undefined : await startPrometheus(run, fleets, watching, onPrometheus);
    if (prometheusUrl !== undefined) say(`Prometheus at ${prometheusUrl}`);

    const [first, ...others] = fleets;
    if (first === undefined) throw new RangeError('a devnet without a bridge');
    const devnetFile: DevnetFile = {
      ...first.bridge,
      others: [...first.others, ...others.flatMap((fleet) => [fleet.bridge, ...fleet.others])],
      holders,
      deploymentFile,
      ...(prometheusUrl === undefined ? {} : { prometheusUrl }),
      ...(app === undefined ? {} : { appUrl: app.url }),
      pid: process.pid,
    };
    app?.configure(devnetFile);
    writeFileSync(file, `${JSON.stringify(devnetFile, undefined, 2)}\n`, { mode: 0o600 });
    const chains = [main, ...products];
    return { ...first, file: devnetFile, queueKind: queue.kind, fleets, chains, app, startFleet: start, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Undefined when Prometheus is disabled. */
const prometheusSettings = ({ prometheus }: DevnetOptions) =>
  typeof prometheus === 'boolean' ? (prometheus ? {} : undefined) : prometheus;

const timesOf = ({ turnSeconds, fallbackSeconds, sweepSeconds, anchorEverySeconds }: DevnetOptions) => ({
  everySeconds: anchorEverySeconds ?? 3_600,
  turnSeconds: turnSeconds ?? 4,
  fallbackSeconds: fallbackSeconds ?? 10,
  sweepSeconds: sweepSeconds ?? 10,
});
