import type { Logger } from 'pino';
import type { Address } from 'viem';

import manifest from '../package.json' with { type: 'json' };
import { codeOf, messageOf } from '../protocol/errors.ts';
import { type Side, laneKey, sides } from '../protocol/lane.ts';
import type { Account } from './account.ts';
import { type BridgePort, createBridgePort } from './api/bridge-port.ts';
import type { HealthInputs, Problem } from './api/health.ts';
import type { Beat } from './async/beat.ts';
import type { FaultScopes } from './async/fault-scopes.ts';
import { sleep } from './async/loop.ts';
import { type Keys, openStores } from './bootstrap.ts';
import { type Bridge, openBridge } from './bridge.ts';
import { type Patiently, checkBridge } from './check-bridge.ts';
import { type Config, bridgeIdOf } from './config.ts';
import { startCounters } from './monitoring/bridge-metrics.ts';
import type { Metrics } from './monitoring/metrics.ts';
import type { PeerReports } from './monitoring/peer-reports.ts';
import type { Problems } from './monitoring/problems.ts';
import type { Watchdog } from './monitoring/watchdog.ts';
import type { PeerClient } from './peers/http.ts';
import { within } from './queue/within.ts';
import { type BatchJob, type LaneId, type Queue, limits } from './queue/queue.ts';
import type { Lease } from './queue/sole-lease.ts';
import type { SignedContents } from './shards/signed-contents.ts';
import type { SharedChain } from './shared-chain.ts';

/*
 * Runs one bridge of the process: opens it, and opens it again where that fails or where its code throws, without effect on
 * the other bridges. Its journal, ledgers, audit, problems and metrics are its own; chains and keys are the process's,
 * accounts and queue its shard's.
 */

/** A bridge that is open. */
export interface OpenBridge {
  readonly bridge: Bridge;
  readonly port: BridgePort;
  readonly address: Address;
}

export interface BridgeRunner extends AsyncDisposable {
  readonly config: Config;
  readonly id: string;
  /** Undefined while it starts. */
  readonly open: OpenBridge | undefined;
  /** Resolves when it is open. Rejects where a failed start is not repeated. */
  readonly opened: Promise<void>;
  /** True for a part or a loop of one of its chains. */
  concerns(part: string): boolean;
  /** Its problems, and those of the process that concern it. */
  problems(): readonly Problem[];
  healthInputs(): HealthInputs;
  measure(): void;
  /** Undefined while it is not open. */
  readonly peerReports: PeerReports | undefined;
  /** Detects a full disk before a record has to be written. */
  probe(): void;
  /** Queue handlers; nothing to do while it is not open. */
  plan(lane: LaneId, signal: AbortSignal): Promise<void>;
  run(job: BatchJob, signal: AbortSignal): Promise<void>;
}

export interface BridgeRunnerOptions {
  readonly config: Config;
  /** True if the process has no other: then its problems are the process's. */
  readonly isOnly: boolean;
  /** False where a start that fails ends the process. */
  readonly isRetried: boolean;
  /** The chains of its two sides, and the accounts that pay on them. */
  readonly places: Readonly<Record<Side, { readonly chain: SharedChain; readonly account: Account }>>;
  readonly keys: Keys;
  readonly queue: Queue;
  readonly peerClient: PeerClient;
  /** Of its shard. */
  readonly lease: Pick<Lease, 'held' | 'maySign'>;
  /** The contents that the processes of its signer have signed, by id; undefined unless they share its bridges. */
  readonly signedBy: ((bridgeId: string) => SignedContents) | undefined;
  /** Its own. */
  readonly metrics: Metrics;
  readonly ownProblems: Problems;
  readonly watchdog: Watchdog;
  readonly log: Logger;
  /** Of the process. */
  readonly shared: { readonly problems: Pick<Problems, 'list'>; readonly watchdog: Watchdog };
  readonly patiently: (problems: Problems, signal: AbortSignal) => Patiently;
  /** Attributes what its code throws where nothing catches it. */
  readonly faults: FaultScopes;
  /** Bounds the bridges that open at once: a start of a hundred would overload the nodes. */
  readonly inTurn: <T>(open: () => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal;
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Periodic work that shares HTTP requests. */
  readonly beat: Beat;
}

/** Of the wait between two starts that fail. */
const FIRST_RETRY_SECONDS = 1;
const LONGEST_RETRY_SECONDS = 60;
/** Without an unexpected error for this long, the waits after these begin anew. */
const CALM_SECONDS = 600;

const none = { heads: [], paused: [], margins: [] };

export function runBridge(options: BridgeRunnerOptions): BridgeRunner {
  const {
    config,
    isOnly,
    isRetried,
    places,
    keys,
    queue,
    peerClient,
    lease,
    metrics,
    ownProblems,
    watchdog,
    log,
    now,
    beat,
  } = options;
  const id = bridgeIdOf(config);
  const stopping = new AbortController();
  const ended = AbortSignal.any([options.signal, stopping.signal]);
  const chains = { main: places.main.chain, product: places.product.chain };
  const accounts = { main: places.main.account, product: places.product.account };
  let open: (OpenBridge & { readonly probe: () => void }) | undefined;
  let steps = new AsyncDisposableStack();

  /** Of a part such as `ethereum funds`, or a loop such as `watch-ethereum`. */
  const sideOf = (part: string) =>
    sides.find((one) => part.startsWith(`${config[one].chain} `) || part === `watch-${config[one].chain}`);

  /** Problems of chains, funds and keys are those of every bridge that uses them, under the names of its own sides. */
  const problems = (): readonly Problem[] => {
    if (isOnly) return ownProblems.list();
    const attestPart = keys.all().find(({ signer }) => signer.address === open?.address)?.part;
    const inherited = options.shared.problems.list().flatMap((problem) => {
      if (problem.part === 'configuration') return [problem];
      if (problem.part === attestPart) return [{ ...problem, part: 'attest key' }];
      const side = sideOf(problem.part);
      return side === undefined ? [] : [{ ...problem, part: problem.part.replace(config[side].chain, side) }];
    });
    return [...ownProblems.list(), ...inherited];
  };

  const openOnce = async (): Promise<void> => {
    await using opening = new AsyncDisposableStack();
    const closing = new AbortController();
    const signal = AbortSignal.any([ended, closing.signal]);
    const patiently = options.patiently(ownProblems, signal);
    const { signer } = await keys.attestingWith(config.key);
    // An only bridge was checked before: at the start before the lease, and at a reload.
    if (!isOnly) await checkBridge(config, patiently);
    const clients = {
      main: chains.main.reader.bridgeAt('main', config.main.bridge),
      product: chains.product.reader.bridgeAt('product', config.product.bridge),
    };
    opening.defer(() => {
      for (const side of sides) chains[side].reader.forget(config[side].bridge);
    });
    const stores = await patiently('data folder', () =>
      Promise.resolve(
        openStores(config, {
          written: () => ownProblems.clear('data folder'),
          failed: ({ message }) => ownProblems.set('data folder', 'disk-full', message),
        }),
      ),
    );
    opening.defer(() => stores.close());

    const bridge = opening.use(
      await openBridge(config, {
        ...{ chains: clients, accounts, signer, stores, queue, peerClient, metrics, log, signal, patiently, now, beat },
        problems: { ...ownProblems, list: problems },
        signed: options.signedBy?.(id),
        isLeaseHeld: () => lease.held(),
        isSuperseded: () => !lease.maySign(),
      }),
    );
    const port = createBridgePort({
      view: {
        version: manifest.version,
        address: signer.address,
        payer: accounts.main.address,
        ...{ config, problems: { list: problems }, now, bridges: bridge.bridges, ledgers: bridge.ledgers },
        ...{ history: stores.history, watches: bridge.view.scanned, historyIndexer: bridge.view.history },
        ...{ margin: bridge.view.margin, obstacle: bridge.view.obstacle },
        ...{ lastAnswer: bridge.view.lastAnswer, latency: bridge.view.latency },
        balance: (side) => accounts[side].balance,
        slowNodes: (side) => chains[side].reader.nodes.slow(),
        hasSigned: (lane, nonce) => stores.signingHistory.get(laneKey(lane), nonce) !== undefined,
      },
      ...{ attester: bridge.attester, proposals: stores.proposals, rewards: bridge.rewards, metrics },
      anchors: bridge.anchors,
      exits: bridge.exits,
      events: bridge.view.events,
      receipts: bridge.receipts,
      witness: bridge.witness,
      verdictOf: (transfer) => bridge.verdictOf(transfer),
      yieldTo: (ledger, transfers, peer) => bridge.yieldTo(ledger, transfers, peer),
    });

    const loops = bridge.start({ watchdog, problems: ownProblems, metrics, signal });
    opening.defer(async () => {
      closing.abort();
      await Promise.all(loops);
    });
    open = { bridge, port, address: signer.address, probe: () => stores.probe() };
    opening.defer(() => void (open = undefined));
    for (const side of sides)
      opening.defer(chains[side].follow((head) => scoped(() => bridge.onFinalHead(side, head))));
    bridge.bridges.lanes().map(laneKey).forEach(bridge.wake);
    log.info({ address: signer.address, lanes: bridge.ledgers.size }, 'bridge opened');
    steps = opening.move();
  };

  const openUntilItIs = async (): Promise<void> => {
    for (let wait = FIRST_RETRY_SECONDS; !ended.aborted; wait = Math.min(2 * wait, LONGEST_RETRY_SECONDS)) {
      try {
        await options.inTurn(openOnce);
        return ownProblems.clear('start');
      } catch (error) {
        if (!isRetried) throw error;
        ownProblems.set('start', codeOf(error), messageOf(error));
        await sleep(wait, ended);
      }
    }
  };

  const running = new Set<Promise<void>>();
  const tracked = async (work: Promise<void>): Promise<void> => {
    running.add(work);
    await work.finally(() => running.delete(work));
  };
  let isStopping = false;

  let faultAt = -Infinity;
  let faultWait = FIRST_RETRY_SECONDS;
  let reopening: Promise<void> | undefined;
  const reopen = async (): Promise<void> => {
    faultWait = now() - faultAt > CALM_SECONDS ? FIRST_RETRY_SECONDS : Math.min(2 * faultWait, LONGEST_RETRY_SECONDS);
    faultAt = now();
    await opened;
    // No further jobs; those under way end first.
    open = undefined;
    await within(limits.endSeconds, Promise.allSettled(running));
    const closing = steps;
    steps = new AsyncDisposableStack();
    await closing.disposeAsync();
    await sleep(faultWait, ended);
    await openUntilItIs();
    ownProblems.clear('code');
  };
  /** Code of this bridge threw where nothing catches it: its state is not to be relied on, and is read again. */
  const onFault = (error: unknown): void => {
    ownProblems.set('code', 'internal', messageOf(error));
    log.error({ err: error }, 'unexpected error: reopening the bridge');
    if (isStopping) return;
    reopening ??= reopen()
      .catch((failure: unknown) => log.error({ err: failure }, 'the bridge could not be reopened'))
      .finally(() => (reopening = undefined));
  };
  /** The process has no handler for an only bridge: it ends, and its service manager starts it again. */
  const scoped = <T>(work: () => T): T => (isOnly ? work() : options.faults.run(onFault, work));
  /** A call by the process, which must not fail with this bridge. */
  const contained = <T>(otherwise: T, work: () => T): T => {
    if (isOnly) return work();
    try {
      return scoped(work);
    } catch (error) {
      onFault(error);
      return otherwise;
    }
  };

  const whileOpen = async (work: (bridge: Bridge) => Promise<void>): Promise<void> => {
    const bridge = open?.bridge;
    if (bridge !== undefined && !isStopping) await tracked(scoped(() => work(bridge)));
  };

  startCounters(metrics);
  const opened: Promise<void> = scoped(openUntilItIs);
  opened.catch(() => undefined);
  return {
    ...{ config, id, opened, problems },
    concerns: (part) => sideOf(part) !== undefined,
    get open() {
      return open;
    },

    healthInputs: () => ({
      started: open !== undefined,
      problems: problems(),
      stalled: isOnly
        ? watchdog.stalled()
        : [
            ...watchdog.stalled(),
            ...options.shared.watchdog.stalled().filter(({ loop }) => sideOf(loop) !== undefined),
          ],
      ...(contained(undefined, () => open?.bridge.healthInputs()) ?? none),
    }),

    get peerReports() {
      const reports = open?.bridge.peerReports;
      return (
        reports && {
          ...reports,
          update: (statusAt: Parameters<PeerReports['update']>[0]) =>
            contained(undefined, () => reports.update(statusAt)),
        }
      );
    },

    measure: () => contained(undefined, () => open?.bridge.measure()),
    probe: () => contained(undefined, () => open?.probe()),

    plan: (lane, abort) => whileOpen((bridge) => bridge.plan(lane, abort)),
    run: (job, abort) => whileOpen((bridge) => bridge.run(job, abort)),

    async [Symbol.asyncDispose]() {
      isStopping = true;
      // Batches that are under way end first: their transactions would be sent by another signer a turn later.
      if (!options.signal.aborted) await within(limits.endSeconds, Promise.allSettled(running));
      stopping.abort();
      await opened.catch(() => undefined);
      await reopening;
      await within(limits.endSeconds, Promise.allSettled(running));
      await steps.disposeAsync();
    },
  };
}
