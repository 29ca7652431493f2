import { hostname } from 'node:os';

import type { Logger } from 'pino';
import type { Address } from 'viem';

import manifest from '../package.json' with { type: 'json' };
import { PegwayError, codeOf, messageOf } from '../protocol/errors.ts';
import { type Side, laneKey, sides } from '../protocol/lane.ts';
import { type Account, openAccount } from './account.ts';
import { type PrivatePort, openPrivatePort } from './api/private-port.ts';
import { openPublicPort } from './api/public-port.ts';
import { sleep } from './async/loop.ts';
import { openChains, openKeys, openStores } from './bootstrap.ts';
import { openBridge } from './bridge.ts';
import { startChainLoop } from './chain-loop.ts';
import { checkChain, checkPair } from './chain/chain-client.ts';
import { type HeadHints, followHeads } from './chain/head-hints.ts';
import type { Config } from './config.ts';
import { printHostPort } from './host-port.ts';
import { HEARTBEAT_SECONDS, createHeartbeat } from './monitoring/heartbeat.ts';
import { startLoop } from './monitoring/supervised-loop.ts';
import { openPeerClient } from './peers/http.ts';
import { openQueue } from './queue/open-queue.ts';
import type { Queue } from './queue/queue.ts';
import { type Lease, soleLease } from './queue/sole-lease.ts';

/*
 * The process of one signer, in the order of its steps. Each step registers how it stops; they stop in reverse order, and a
 * start that fails stops the steps before it.
 *
 *   private port → keys → chains (checked) → lease → data folder → accounts → queue → bridge → loops → public port
 *
 * The way of a transfer: chain loop → block processor → lane worker (plan → attest → collect → submit) → block processor
 * (confirm); reconciler and audit beside it.
 */

const RETRY_SECONDS = 1;

export interface RelayerProcess extends AsyncDisposable {
  readonly address: Address;
  /** Aborted when another process of this signer has taken over: dispose this one; it may stand by again. */
  readonly superseded: AbortSignal;
}

export interface StartOptions {
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** True if this process was superseded and must wait for the lease like any other. */
  readonly superseded?: boolean;
}

/** Monotonic seconds. */
const now = (): number => performance.now() / 1_000;

/**
 * Starts one signer's relayer. While another process of the same signer holds the lease, it stands by.
 * @throws {PegwayError} exit code 2 when the configuration does not fit the chains; nothing was signed then.
 */
export async function startProcess(config: Config, options: StartOptions): Promise<RelayerProcess> {
  const { log, superseded = false } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([options.signal, stopping.signal]);
  await using steps = new AsyncDisposableStack();
  const defer = (stop: () => void | Promise<void>): void => steps.defer(async () => stop());

  // Private port: first, so that it shows what the following steps wait for.
  const port = await openPrivatePort(config.listen.private, { log, now });
  defer(() => port.close());
  const { metrics, problems, watchdog } = port;
  const patiently = retrying(port, signal);

  // Keys.
  const keys = await openKeys(config, { metrics, problems, signal, now });
  defer(() => keys.close());
  const [{ signer }, { signer: payer }] = [keys.attesting, keys.paying];
  metrics.buildInfo.set({ version: manifest.version, address: signer.address }, 1);

  // Chains, and that they are the configured ones.
  const readers = openChains(config, metrics, log);
  for (const side of sides) steps.use(readers[side]);
  const chains = {
    main: readers.main.bridgeAt(config.main.bridge),
    product: readers.product.bridgeAt(config.product.bridge),
  };
  for (const side of sides) await patiently(`${side} chain`, () => checkChain(chains[side]));
  await patiently('main bridge', () => checkPair(chains.main, chains.product));
  await patiently('product bridge', () => checkPair(chains.product, chains.main));

  // Lease: one process of a signer continues from here.
  const ends = sides.flatMap((side) => [chains[side].chainId, chains[side].address.slice(2, 10)]);
  const namespace = [...ends, signer.address.slice(2, 10)].join('-');
  const lease = await acquireLease(config, port, { namespace, signal, superseded });
  defer(() => lease.release());

  // Data folder.
  const stores = await patiently('data folder', () =>
    Promise.resolve(
      openStores(config, {
        written: () => problems.clear('data folder'),
        failed: ({ message }) => problems.set('data folder', 'disk-full', message),
      }),
    ),
  );
  defer(() => stores.close());

  // Accounts: one per chain, whichever bridges pay from it.
  const accountOn = (side: 'main' | 'product'): Account =>
    openAccount({
      ...{ chain: readers[side], signer: payer, store: stores.transactions, metrics, log, signal },
      maxFeePerGas: config[side].maxFeePerGas,
      isLeaseHeld: () => lease.held(),
    });
  const accounts = { main: steps.use(accountOn('main')), product: steps.use(accountOn('product')) };

  // Queue: one per tenure of the lease, so that a process that was suspended takes no job from its successor.
  const spaceOf = (tenure: string) => [namespace, tenure].filter((part) => part !== '').join('-');
  const queue = steps.use(
    await openQueue({
      ...{ url: config.queue, namespace: spaceOf(lease.tenure), log, signal },
      previous: lease.previous === undefined ? undefined : spaceOf(lease.previous),
    }),
  );

  // Connections to peers.
  const peerClient = steps.use(openPeerClient());

  // Bridge.
  const bridge = steps.use(
    await openBridge(config, {
      ...{ chains, accounts, signer, stores, queue, peerClient, metrics, problems, log, signal, patiently, now },
      isLeaseHeld: () => lease.held(),
      isSuperseded: () => lease.lost.aborted,
    }),
  );

  // Loops.
  const loopContext = { watchdog, problems, metrics, signal };
  const beat = createHeartbeat({
    ...{ config, peerClient, metrics, problems, signal, now },
    ...{ bridges: bridge.bridges, peerTracker: bridge.peers, keys: keys.all },
    payer: payer.address,
    own: () => bridge.report(),
    baseFee: (side) => accounts[side].tip?.baseFeePerGas ?? null,
    onAnswered: (address) => bridge.onAnswered(address),
    onBalance: (side, balance) => void (accounts[side].balance = balance),
  });
  const heartbeat = () =>
    startLoop(
      {
        name: 'vitals',
        stallSeconds: HEARTBEAT_SECONDS + config.standSeconds,
        async round() {
          stores.probe();
          await Promise.all([beat(), reportQueue(queue, port)]);
          return HEARTBEAT_SECONDS;
        },
        onError: (error) => log.warn({ error: messageOf(error) }, 'heartbeat failed'),
      },
      loopContext,
    );
  queue.start({ wake: (lane, abort) => bridge.plan(lane, abort), batch: (job, abort) => bridge.run(job, abort) });
  bridge.bridges.lanes().map(laneKey).forEach(bridge.wake);
  const hintsOn = (side: Side): HeadHints | undefined => {
    const urls = config[side].rpcUrls.flatMap((node) => (typeof node === 'string' ? [] : [node.ws]));
    return urls.length === 0 ? undefined : steps.use(followHeads({ urls, now }));
  };
  const loops = [
    ...sides.map((side) =>
      startChainLoop(
        {
          ...{ chain: readers[side], account: accounts[side], stallSeconds: config.standSeconds, now },
          hints: hintsOn(side),
          onFinalHead: (head) => bridge.onFinalHead(side, head),
        },
        loopContext,
      ),
    ),
    ...bridge.start(loopContext),
    heartbeat(),
  ];
  defer(async () => {
    stopping.abort();
    await Promise.all(loops);
  });

  // Public port.
  const publicPort = await openPublicPort({
    view: {
      version: manifest.version,
      address: signer.address,
      payer: payer.address,
      ...{ config, problems, now, bridges: bridge.bridges, ledgers: bridge.ledgers, history: stores.history },
      ...{ watches: bridge.view.scanned, historyIndexer: bridge.view.history },
      ...{ margin: bridge.view.margin, obstacle: bridge.view.obstacle, lastAnswer: bridge.view.lastAnswer },
      balance: (side) => accounts[side].balance,
      slowNodes: (side) => readers[side].nodes.slow(),
      hasSigned: (lane, nonce) => stores.signingHistory.get(laneKey(lane), nonce) !== undefined,
    },
    ...{
      attester: bridge.attester,
      proposals: stores.proposals,
      rewards: bridge.rewards,
      anchors: bridge.anchors,
      metrics,
    },
    verdictOf: (transfer) => bridge.verdictOf(transfer),
    yieldTo: (ledger, transfers, peer) => bridge.yieldTo(ledger, transfers, peer),
  });
  defer(() => publicPort.close());
  port.started({ healthInputs: () => bridge.healthInputs(), measure: () => bridge.measure() });
  log.info({ address: signer.address, lanes: bridge.ledgers.size }, 'relayer started');

  const running = steps.move();
  return {
    address: signer.address,
    superseded: lease.lost,
    async [Symbol.asyncDispose]() {
      // First of all, so that every step sees that it ends.
      stopping.abort();
      await running.disposeAsync();
      log.info({ address: signer.address }, 'relayer stopped');
    },
  };
}

/** Reports a failure as a problem of `part` and retries it; throws misconfiguration, and when the signal is aborted. */
const retrying =
  ({ problems }: PrivatePort, signal: AbortSignal) =>
  async <T>(part: string, action: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const result = await action();
        problems.clear(part);
        return result;
      } catch (error) {
        if (!(error instanceof PegwayError) || error.exitCode === 2 || signal.aborted) throw error;
        problems.set(part, error.code ?? 'rpc-unreachable', messageOf(error));
        await sleep(RETRY_SECONDS, signal);
        signal.throwIfAborted();
      }
    }
  };

/** Waits for the signer's lease. Without Redis there is no standby: the folder lock refuses a second process on this host. */
async function acquireLease(
  { queue: url, listen }: Config,
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
