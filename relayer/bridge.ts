import { type Address, isAddressEqual } from 'viem';

import { PegwayError, codeOf, messageOf } from '../protocol/errors.ts';
import { type Direction, type Lane, type Side, type Transfer, directions, laneKey, sides } from '../protocol/lane.ts';
import type { Reason } from '../protocol/reasons.ts';
import type { HealthInputs } from './api/health.ts';
import { sleep } from './async/loop.ts';
import { createAuditScheduler } from './audit/audit-scheduler.ts';
import { createAuditState } from './audit/audit-state.ts';
import { createAuditor } from './audit/auditor.ts';
import type { BridgeDependencies } from './bridge-dependencies.ts';
import { type Services, openServices } from './bridge-services.ts';
import { openSigning } from './bridge-signing.ts';
import type { Head } from './chain/finality.ts';
import { satellitesOf } from './chain/satellites.ts';
import { type Config, bridgeIdOf } from './config.ts';
import { type EventFeed, createEventFeed } from './events/event-feed.ts';
import { createNotices } from './events/notices.ts';
import { createHistoryIndexer } from './history/history-indexer.ts';
import { collectBridgeMetrics } from './monitoring/metrics-collector.ts';
import { reportOf } from './monitoring/own-report.ts';
import { type SignerReport, createPeerTracker } from './monitoring/peer-tracker.ts';
import { type PeerReports, createPeerReports } from './monitoring/peer-reports.ts';
import { createPegNames } from './monitoring/peg-names.ts';
import { type Loop, type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import type { Attester } from './pipeline/attester.ts';
import { createBackoff } from './pipeline/backoff.ts';
import { createBatchSizer } from './pipeline/batch-sizer.ts';
import { createBlockLoop } from './pipeline/block-loop.ts';
import { createBlockProcessor } from './pipeline/block-processor.ts';
import { type Verdict, bounceVerdict } from './pipeline/bounce-verdict.ts';
import { createFailedWithdrawals } from './pipeline/failed-withdrawals.ts';
import { createInFlight } from './pipeline/in-flight.ts';
import { createLaneWorkers } from './pipeline/lane-worker.ts';
import { createReconciler } from './pipeline/reconciler.ts';
import { createSignatureCollector } from './pipeline/signature-collector.ts';
import { createPeerLatency } from './peers/latency.ts';
import { type BatchJob, type LaneId, laneId, laneKeyIn } from './queue/queue.ts';
import { type BridgePair, openBridgePair } from './state/bridges.ts';
import type { Ledger } from './state/ledger.ts';
import { createLedgers } from './state/ledgers.ts';

/*
 * One bridge of a signer, in the order of its parts: state of the two contracts → ledgers → audit → signing → workers →
 * history → services → final blocks → peers → transactions → loops. Chains, accounts, keys, stores and the queue belong
 * to the process and come in as arguments.
 */

export interface Bridge
  extends AsyncDisposable, Pick<Services, 'rewards' | 'anchors' | 'exits' | 'receipts' | 'witness'> {
  readonly bridges: BridgePair;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly attester: Attester;
  readonly peerReports: PeerReports;
  /** Passes a finalized head of one chain; processed by the bridge's own loop, which skips to the newest. */
  onFinalHead(side: Side, head: Head): void;
  /** Queue handlers. */
  plan(lane: LaneId, signal: AbortSignal): Promise<void>;
  run(job: BatchJob, signal: AbortSignal): Promise<void>;
  /** Enqueues a wake-up of a lane; never fails. */
  readonly wake: (laneKey: string) => void;
  /** Starts the bridge's loops; they end with the context's signal. */
  start(context: LoopContext): Promise<void>[];
  /** State from which the public port answers. */
  readonly view: {
    readonly scanned: Readonly<Record<Side, { readonly head: Head | undefined }>>;
    readonly history: ReturnType<typeof createHistoryIndexer>;
    readonly events: EventFeed;
    readonly margin: (direction: Direction) => number | undefined;
    readonly obstacle: (lane: Lane) => Reason | undefined;
    /** Time of a signer's last answer, in monotonic seconds. */
    readonly lastAnswer: (signer: Address) => number | undefined;
    /** Mean time of a signer's answers, in seconds. */
    readonly latency: (signer: Address) => number | undefined;
  };
  verdictOf(transfer: Transfer): Promise<Verdict>;
  yieldTo(ledger: Ledger, transfers: readonly Transfer[], peer: Address): void;
  /** This relayer's own report to the peer tracker. */
  report(): SignerReport;
  healthInputs(): Pick<HealthInputs, 'heads' | 'paused' | 'margins'>;
  /** Sets the metrics that show the current state. */
  measure(): void;
}

const DEFAULT_BLOCK_GAS_LIMIT = 30_000_000n;

/**
 * Opens one bridge and recovers its ledgers from the two contracts. Nothing is signed before the first audit is
 * complete.
 */
export async function openBridge(config: Config, dependencies: BridgeDependencies): Promise<Bridge> {
  const { accounts, signer, stores, queue, peerClient, isLeaseHeld } = dependencies;
  const { metrics, problems, log, signal, patiently, now, beat } = dependencies;
  const id = bridgeIdOf(config);
  const wait = (seconds: number) => sleep(seconds, signal);

  // State of the two contracts, and the ledgers built from it.
  const satellites = await patiently('bridges', () => satellitesOf(dependencies.chains.main));
  const chains = { ...dependencies.chains, main: dependencies.chains.main.including(satellites) };
  const bridges = await patiently('bridges', () => openBridgePair(chains, now));
  const rewardsAddress = satellites.rewards;
  const ledgers = createLedgers();
  const { scanned } = ledgers;

  const productTokens = (): Address[] => bridges.allPegs().map(({ productToken }) => productToken);

  const notices = createNotices();

  // Audit.
  const audits = createAuditState({
    ...{ metrics, problems, log, sweepSeconds: config.sweepSeconds, now },
    onCompleted: (productToken, clean) => notices.publish({ kind: 'audit', productToken, clean }),
  });
  const auditor = createAuditor({ bridges, ledger: ledgers.of, atHeads: ledgers.atHeads, sleep: wait });

  // Signing: every statement passes the gate next to the key.
  let finalityReversed = false;
  const isFinalityReversed = (): boolean => finalityReversed;
  const signing = await openSigning({
    ...dependencies,
    chains,
    config,
    bridges,
    ledgers,
    audits,
    isFinalityReversed,
    notices,
  });
  const { attester, obstacle, isPaused, anchoring } = signing;
  const auditScheduler = createAuditScheduler({
    ...{ auditor, metrics, problems, log, sleep: wait, state: audits, now },
    pause: config.pauseOnBrokenAudit ? signing.pause : undefined,
  });

  // Workers.
  /** With an unreachable queue, a signer still signs for its peers and audits. */
  const wake = (key: string): void => {
    queue.wake(laneId(id, key)).then(
      () => problems.clear('queue'),
      (error: unknown) => problems.set('queue', codeOf(error), messageOf(error)),
    );
  };
  const lastAnswers = new Map<Address, number>();
  const onAnswered = (address: Address): void => void lastAnswers.set(address, now());
  const latency = createPeerLatency();
  const verdictOf = (transfer: Transfer): Promise<Verdict> => {
    const { mainPeg } = bridges.pegs(transfer.lane.productToken);
    const { head } = scanned.main;
    if (mainPeg === undefined || head === undefined) {
      throw new PegwayError('the main bridge has no such peg', { code: 'peg-mismatch' });
    }
    const { bounceDelay } = bridges.state('main');
    const productBridge = chains.product.address;
    return bounceVerdict(transfer, { bridge: chains.main, peg: mainPeg, productBridge, bounceDelay, head });
  };
  const backoff = createBackoff({ wake, now });
  const inFlight = createInFlight({
    ...{ bridges, backoff, metrics, now },
    transactions: { main: accounts.main.transactions, product: accounts.product.transactions },
    payer: accounts.main.address,
    blockGasLimit: (side) => accounts[side].tip?.gasLimit ?? DEFAULT_BLOCK_GAS_LIMIT,
  });
  const collect = createSignatureCollector({
    ...{ peers: config.peers, peerClient, bridges, address: signer.address, rewards: rewardsAddress },
    anchors: anchoring?.terms.address,
    ...{ metrics, log, latency, onAnswered, signal, now },
    onSignature: (...signed) => services.witness.seen(...signed),
  });
  const workers = createLaneWorkers(ledgers.all, {
    ...{ config, bridges, attester, inFlight, backoff, metrics, log, verdictOf, now },
    enqueue: (key, job) => queue.batch({ ...job, lane: laneId(id, key) }),
    collect,
    batchSizer: createBatchSizer(),
    failedWithdrawals: createFailedWithdrawals({ bridges, verdictOf, turnSeconds: config.turnSeconds, now }),
    obstacle: (lane) => (isLeaseHeld() ? obstacle(lane) : 'standby'),
  });

  // History serves operators and users only: no other part depends on it.
  const history = createHistoryIndexer({
    ...{ bridges, ledgers: ledgers.all, history: stores.history, watches: scanned, auditor, log, now, signal },
    keepDays: config.history.keepDays,
    onIndexed: () => events.notify(),
  });
  const events = createEventFeed({
    store: stores.history.events,
    chainIds: { main: config.main.chainId, product: config.product.chainId },
    covered: (side) => history.covered(side),
    isReversed: isFinalityReversed,
    ...{ notices, ended: signal },
  });

  // Services that no transfer waits for.
  const inputs = { config, chains, bridges, ledgers, signing, collect, rewardsAddress, events };
  const services = await openServices({ ...dependencies, ...inputs });
  const { rewards, anchors, exits, receipts, witness } = services;

  // Final blocks.
  const blocks = createBlockProcessor({
    ...{ bridges, ledgers, auditor, metrics, log, now },
    async onProcessed(side, { events, head, lanes }) {
      for (const { productToken } of lanes) auditScheduler.touch(productToken);
      inFlight.finalized(side, head.number);
      lanes.map(laneKey).forEach(wake);
      await history.index(side, events, head);
    },
  });
  await patiently('recovery', () => blocks.recover(bridges.lanes()));
  const isSigner = (lane: Lane) => bridges.destination(lane.direction).signers.includes(signer.address);
  if (bridges.lanes().length > 0 && !bridges.lanes().some(isSigner))
    log.warn({ address: signer.address }, 'this key is not a signer: observing only');
  for (const side of sides) await patiently(`${side} transactions`, () => accounts[side].transactions.recover());
  await auditScheduler.check(productTokens());

  const reconcile = createReconciler({
    ...{ chains, blocks, ledgers, workers, auditScheduler, history, problems, obstacle, wake, log, now },
    ...{ equivocations: signing.equivocations, witness },
    pegs: productTokens,
  });

  // Peers.
  const peers = createPeerTracker(signer.address);
  const margin = (direction: Direction): number | undefined => {
    const { signers, threshold } = bridges.destination(direction);
    const inSync = peers.inSync(direction, signers);
    return inSync === undefined ? undefined : inSync - threshold;
  };
  const report = () => reportOf({ lanes: bridges.lanes(), obstacle, problems, scanned });
  const peerReports = createPeerReports({
    ...{ id, peers: config.peers, address: signer.address, bridges },
    ...{ peerTracker: peers, own: report, onAnswered, metrics },
  });
  const pegNames = createPegNames({ nodes: chains.product.nodes, metrics });

  // Transactions.
  const contracts = (side: Side): readonly Address[] => [
    chains[side].address,
    ...(side === 'main' ? [rewardsAddress, anchoring?.terms.address] : []).filter((one) => one !== undefined),
  ];
  const subscriptions = sides.map((chain) =>
    accounts[chain].subscribe({
      mined: (key, block) => inFlight.mined(key, block),
      abandoned: (key) => inFlight.abandoned(key),
      paid(contract, fee) {
        if (!contracts(chain).some((one) => isAddressEqual(one, contract))) return false;
        metrics.transactionFee.inc({ chain }, Number(fee));
        return true;
      },
    }),
  );

  // Loops.
  const blockLoop = (side: Side) =>
    createBlockLoop(side, {
      ...{ blocks, auditScheduler, standSeconds: config.standSeconds, signal, now },
      onReversed(error) {
        finalityReversed = true;
        // No loop clears this part: no statement is signed before a restart, whatever the nodes answer meanwhile.
        problems.set(`${side} finality`, 'finality-reversed', messageOf(error));
      },
    });
  const blockLoops = { main: blockLoop('main'), product: blockLoop('product') };
  const sweepLoop: Loop = {
    name: 'sweep',
    part: 'sweep',
    stallSeconds: config.sweepSeconds + config.standSeconds,
    async round() {
      await beat(config.sweepSeconds, signal);
      if (!signal.aborted) await reconcile();
      return 0;
    },
  };

  return {
    ...{ bridges, attester, peerReports, rewards, anchors, exits, receipts, witness, wake, verdictOf },
    ledgers: ledgers.all,
    view: {
      ...{ scanned, history, events, margin, obstacle },
      lastAnswer: (address) => lastAnswers.get(address),
      latency: (address) => latency.mean(address),
    },

    onFinalHead: (side, head) => blockLoops[side].put(head),
    plan: (lane, signal) => workers.of(laneKeyIn(lane)).plan(signal),
    run: (job, signal) => workers.of(laneKeyIn(job.lane)).run(job, signal),
    yieldTo: ({ lane }, transfers, peer) => workers.of(laneKey(lane)).yieldTo(transfers, peer),
    start: (context) => [
      ...sides.map((side) => startLoop(blockLoops[side].loop, context)),
      ...[startLoop(sweepLoop, context), history.run()],
      ...services.loops.map((loop) => startLoop(loop, context)),
    ],

    report,

    healthInputs: () => ({
      heads: sides.map((chain) => ({
        chain,
        seconds: now() - blockLoops[chain].movedAt(),
        staleSeconds: config[chain].staleSeconds,
        behind: peers.isBehind(chain, scanned[chain].head?.number ?? 0n),
      })),
      paused: sides.filter(isPaused),
      // Unknown before the first heartbeat, which is no cause for alarm.
      margins: directions.map((direction) => ({ direction, margin: margin(direction) ?? 0 })),
    }),

    measure() {
      collectBridgeMetrics({
        ...{ metrics, bridges, ledgers: ledgers.all, watches: scanned, peerTracker: peers, obstacle, isPaused, now },
        latestBlock: (side) => accounts[side].tip,
      });
      pegNames.update([...bridges.state('product').pegs.keys()]);
      services.measure();
    },

    async [Symbol.asyncDispose]() {
      for (const unsubscribe of subscriptions) unsubscribe();
      backoff[Symbol.dispose]();
      await services[Symbol.asyncDispose]();
    },
  };
}
