import type { Logger } from 'pino';
import { type Address, isAddressEqual } from 'viem';

import { PegwayError, codeOf, messageOf } from '../protocol/errors.ts';
import {
  type Direction,
  type Lane,
  type Side,
  type Transfer,
  directions,
  laneKey,
  sides,
  sourceOf,
} from '../protocol/lane.ts';
import type { Reason } from '../protocol/reasons.ts';
import type { Account } from './account.ts';
import { type Anchors, createAnchors } from './anchors/anchors.ts';
import { openAnchoring } from './anchors/open-anchoring.ts';
import type { HealthInputs } from './api/health.ts';
import { createLatest } from './async/latest.ts';
import { sleep } from './async/loop.ts';
import { createAuditScheduler } from './audit/audit-scheduler.ts';
import { createAuditState } from './audit/audit-state.ts';
import { createAuditor } from './audit/auditor.ts';
import { pauseBridge } from './audit/pause-bridge.ts';
import type { Stores } from './bootstrap.ts';
import type { ChainClient } from './chain/chain-client.ts';
import type { Head } from './chain/finality.ts';
import { type Config, bridgeIdOf } from './config.ts';
import { type EventFeed, createEventFeed } from './events/event-feed.ts';
import { openSnapshotKeeper } from './exits/open-keeper.ts';
import type { SnapshotKeeper } from './exits/snapshot-keeper.ts';
import { createHistoryIndexer } from './history/history-indexer.ts';
import type { Signer } from './keys/signer.ts';
import { collectBridgeMetrics } from './monitoring/metrics-collector.ts';
import type { Metrics } from './monitoring/metrics.ts';
import { type SignerReport, createPeerTracker, stoppedDirections } from './monitoring/peer-tracker.ts';
import { type PeerReports, createPeerReports } from './monitoring/peer-reports.ts';
import { createPegNames } from './monitoring/peg-names.ts';
import type { Problems } from './monitoring/problems.ts';
import { type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import { type Attester, createAttester } from './pipeline/attester.ts';
import { createBackoff } from './pipeline/backoff.ts';
import { createBatchSizer } from './pipeline/batch-sizer.ts';
import { createBlockProcessor } from './pipeline/block-processor.ts';
import { type Verdict, bounceVerdict } from './pipeline/bounce-verdict.ts';
import { createFailedWithdrawals } from './pipeline/failed-withdrawals.ts';
import { createInFlight } from './pipeline/in-flight.ts';
import { createLaneWorkers } from './pipeline/lane-worker.ts';
import { createReconciler } from './pipeline/reconciler.ts';
import { createSignatureCollector } from './pipeline/signature-collector.ts';
import type { PeerClient } from './peers/http.ts';
import { createPeerLatency } from './peers/latency.ts';
import { createGate } from './pipeline/signing-gate.ts';
import { createAnchorProver } from './receipts/anchor-proof.ts';
import { type ReceiptMaker, createReceiptMaker } from './receipts/receipt-maker.ts';
import { createFactReader } from './rewards/fact-reader.ts';
import { createRewardsBook } from './rewards/rewards-book.ts';
import { rewardsOf } from './rewards/rewards-contract.ts';
import { collectRewardsMetrics } from './rewards/rewards-metrics.ts';
import { type Rewards, createRewards } from './rewards/rewards.ts';
import { type BatchJob, type LaneId, type Queue, laneId, laneKeyIn } from './queue/queue.ts';
import { type BridgePair, openBridgePair } from './state/bridges.ts';
import { createEquivocationGuard } from './state/equivocation-guard.ts';
import type { Ledger } from './state/ledger.ts';
import { createLedgers } from './state/ledgers.ts';
import { openWebhooks } from './webhooks/webhooks.ts';

/*
 * One bridge of a signer, in the order of its parts: state of the two contracts → ledgers → audit → signing → workers →
 * history → final blocks. Chains, accounts, keys, stores and the queue belong to the process and come in as arguments.
 */

export interface Bridge extends AsyncDisposable {
  readonly bridges: BridgePair;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly attester: Attester;
  readonly peerReports: PeerReports;
  /** Undefined on a bridge without fees. */
  readonly rewards: Rewards | undefined;
  /** Undefined on a bridge without anchors. */
  readonly anchors: Anchors | undefined;
  /** Undefined on a bridge without exits. */
  readonly exits: SnapshotKeeper | undefined;
  readonly receipts: ReceiptMaker;
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

export interface BridgeDependencies {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly accounts: Readonly<Record<Side, Account>>;
  readonly signer: Signer;
  readonly stores: Stores;
  readonly queue: Queue;
  readonly peerClient: PeerClient;
  /** True while this process may send for its signer now. */
  readonly isLeaseHeld: () => boolean;
  /** True once another process of this signer has taken over. */
  readonly isSuperseded: () => boolean;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Retries transient failures, reported as a problem of this part; rethrows configuration errors. */
  readonly patiently: <T>(part: string, action: () => Promise<T>) => Promise<T>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Longest wait of the block loop for a finalized head. */
const IDLE_SECONDS = 2;
const DEFAULT_BLOCK_GAS_LIMIT = 30_000_000n;

/**
 * Opens one bridge and recovers its ledgers from the two contracts. Nothing is signed before the first audit is
 * complete.
 */
export async function openBridge(config: Config, dependencies: BridgeDependencies): Promise<Bridge> {
  const { chains, accounts, signer, stores, queue, peerClient, isLeaseHeld, isSuperseded } = dependencies;
  const { metrics, problems, log, signal, patiently, now } = dependencies;
  const id = bridgeIdOf(config);
  const wait = (seconds: number) => sleep(seconds, signal);

  // State of the two contracts, and the ledgers built from it.
  const bridges = await patiently('bridges', () => openBridgePair(chains, now));
  const rewardsAddress = await patiently('rewards', () => rewardsOf(chains.main));
  const ledgers = createLedgers();
  const { scanned } = ledgers;

  const productTokens = (): Address[] => bridges.allPegs().map(({ productToken }) => productToken);

  // Audit.
  const audits = createAuditState({ metrics, problems, log, sweepSeconds: config.sweepSeconds, now });
  const auditor = createAuditor({ bridges, ledger: ledgers.of, atHeads: ledgers.atHeads, sleep: wait });

  // Rewards, as far as the signing gate compares with them.
  const factReader = createFactReader({ chains, store: stores.rewards, head: (side) => scanned[side].head });
  const book = createRewardsBook({
    ...{ store: stores.rewards, until: factReader.until },
    mainTokenOf: (productToken) => bridges.state('main').pegs.get(productToken)?.mainToken,
  });

  // Anchors, as far as the signing gate compares with them.
  const anchoring = await patiently('anchors', () => openAnchoring(config, chains, stores.anchors));

  // Signing: every statement passes the gate next to the key.
  let finalityReversed = false;
  const equivocations = createEquivocationGuard({ history: stores.signingHistory, ledger: ledgers.of, problems });
  const isSigner = (lane: Lane) => bridges.destination(lane.direction).signers.includes(signer.address);
  const timestampOf = (side: Side) => scanned[side].head?.timestamp ?? 0n;
  const isPaused = (side: Side) => bridges.state(side).pausedUntil > timestampOf(side);
  const gate = createGate({
    address: signer.address,
    authority: (side) => bridges.state(side),
    ledger: ledgers.of,
    isPaused,
    isSuperseded,
    isFinalityReversed: () => finalityReversed,
    auditObstacle: (productToken) => audits.obstacle(productToken),
    rewards: (token, period) => book.periods(token)[Number(period) - 1],
    history: (number) => anchoring?.history.known(number) ?? 'wrong-bridge',
  });
  const obstacle = (lane: Lane): Reason | undefined => gate.laneObstacle(lane);
  const attester = createAttester({
    ...{ signer, gate, history: stores.signingHistory },
    onSecondContent: (lane, nonce) => equivocations.stop(lane, nonce),
  });
  const pause = async (side: Side): Promise<string | undefined> => {
    if (!bridges.state(side).signers.includes(signer.address)) return 'not-a-signer';
    return pauseBridge({
      bridge: chains[side],
      pair: bridges.pair,
      transactions: accounts[side].transactions,
      account: accounts[side].address,
      sign: (statement) => attester.sign(statement),
    });
  };
  const auditScheduler = createAuditScheduler({
    ...{ auditor, metrics, problems, log, sleep: wait, state: audits, now },
    pause: config.pauseOnBrokenAudit ? pause : undefined,
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
  });
  const workers = createLaneWorkers(ledgers.all, {
    ...{ config, bridges, attester, inFlight, backoff, metrics, log, verdictOf, now },
    enqueue: (key, job) => queue.batch({ ...job, lane: laneId(id, key) }),
    collect,
    batchSizer: createBatchSizer(),
    failedWithdrawals: createFailedWithdrawals({ bridges, verdictOf, turnSeconds: config.turnSeconds, now }),
    obstacle: (lane) => (isLeaseHeld() ? obstacle(lane) : 'standby'),
  });

  const rewards =
    rewardsAddress === undefined
      ? undefined
      : createRewards({
          ...{ config, chains, accounts, bridges, book, problems, attester, collect, isLeaseHeld, isPaused },
          ...{ address: rewardsAddress, reader: factReader, store: stores.rewards, log, signal, now },
          head: (side) => scanned[side].head,
        });
  const anchors =
    anchoring &&
    createAnchors({
      ...{ ...anchoring, config, main: chains.main, product: chains.product, account: accounts.main, bridges },
      ...{ problems, attester, collect, isLeaseHeld, log, signal, now },
      head: (side) => scanned[side].head,
      tipTime: () => accounts.main.tip?.timestamp,
    });

  // Exits need proofs of states that nodes forget.
  const exits = await patiently('exits', () =>
    openSnapshotKeeper(config, chains, { finalHead: () => scanned.product.head, log }),
  );

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
    isReversed: () => finalityReversed,
    ended: signal,
  });

  const anchorOf = anchoring && createAnchorProver({ ...anchoring, main: chains.main, head: () => scanned.main.head });
  const receipts = createReceiptMaker({
    ...{ chains, pair: bridges.pair, history: stores.history, ledgers: ledgers.all, obstacle, log, anchorOf },
  });

  const webhooks =
    stores.webhooks &&
    openWebhooks({ config, store: stores.webhooks, feed: events, isLeaseHeld, metrics, log, signal });

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
  if (bridges.lanes().length > 0 && !bridges.lanes().some(isSigner))
    log.warn({ address: signer.address }, 'this key is not a signer: observing only');
  for (const side of sides) await patiently(`${side} transactions`, () => accounts[side].transactions.recover());
  await auditScheduler.check(productTokens());

  const reconcile = createReconciler({
    ...{ chains, blocks, ledgers, workers, auditScheduler, history, equivocations, problems, obstacle, wake, log, now },
    pegs: productTokens,
  });

  const peers = createPeerTracker(signer.address);
  const margin = (direction: Direction): number | undefined => {
    const { signers, threshold } = bridges.destination(direction);
    const inSync = peers.inSync(direction, signers);
    return inSync === undefined ? undefined : inSync - threshold;
  };

  /** This relayer's own. */
  const report = (): SignerReport => {
    const lanes = bridges.lanes().map((lane) => ({ ...lane, reason: obstacle(lane) }));
    const failing = new Set(problems.list().map(({ part }) => part));
    const isCut = (direction: Direction): boolean => {
      const source = sourceOf(direction);
      return [`${source} chain`, `${source} blocks`, 'attest key'].some((part) => failing.has(part));
    };
    return {
      scanned: { main: scanned.main.head?.number, product: scanned.product.head?.number },
      stopped: [...directions.filter(isCut), ...stoppedDirections(lanes)],
    };
  };
  const pegNames = createPegNames({ nodes: chains.product.nodes, metrics });
  const peerReports = createPeerReports({
    ...{
      id,
      peers: config.peers,
      address: signer.address,
      bridges,
      peerTracker: peers,
      own: report,
      onAnswered,
      metrics,
    },
  });

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
  const finalHeads = { main: createLatest<Head>(), product: createLatest<Head>() };
  const movedAt: Record<Side, number> = { main: now(), product: now() };
  const blockLoop = (side: Side, context: LoopContext): Promise<void> => {
    /** A head with events that could not be processed; retried unless a newer one has arrived. */
    let failed: Head | undefined;
    return startLoop(
      {
        name: `blocks-${side}`,
        part: `${side} blocks`,
        stallSeconds: config.standSeconds,
        async round() {
          // An unreachable chain is reported by the chain loop: without heads this loop still completes rounds.
          const idle = AbortSignal.any([context.signal, AbortSignal.timeout(IDLE_SECONDS * 1_000)]);
          const head = failed ?? (await finalHeads[side].take(idle));
          if (head === undefined) return 0;
          failed = head;
          if ((await blocks.advance(side, head)) > 0) movedAt[side] = now();
          failed = undefined;
          auditScheduler.afterBlock();
          return 0;
        },
        onError(error) {
          if (codeOf(error) !== 'finality-reversed') return;
          finalityReversed = true;
          // No loop clears this part: no statement is signed before a restart, whatever the nodes answer meanwhile.
          problems.set(`${side} finality`, 'finality-reversed', messageOf(error));
        },
      },
      context,
    );
  };
  const reconcileLoop = (context: LoopContext): Promise<void> =>
    startLoop(
      {
        name: 'sweep',
        part: 'sweep',
        stallSeconds: config.sweepSeconds + config.standSeconds,
        async round() {
          // The bridges of a process compare at the same time, so that their requests share HTTP requests.
          await sleep(config.sweepSeconds - (now() % config.sweepSeconds), context.signal);
          if (!context.signal.aborted) await reconcile();
          return 0;
        },
      },
      context,
    );

  return {
    ...{ bridges, attester, peerReports, rewards, anchors, exits, receipts, wake, verdictOf, ledgers: ledgers.all },
    view: {
      ...{ scanned, history, events, margin, obstacle },
      lastAnswer: (address) => lastAnswers.get(address),
      latency: (address) => latency.mean(address),
    },

    onFinalHead: (side, head) => finalHeads[side].put(head),
    plan: (lane, signal) => workers.of(laneKeyIn(lane)).plan(signal),
    run: (job, signal) => workers.of(laneKeyIn(job.lane)).run(job, signal),
    yieldTo: ({ lane }, transfers, peer) => workers.of(laneKey(lane)).yieldTo(transfers, peer),
    start: (context) => [
      ...sides.map((side) => blockLoop(side, context)),
      ...[reconcileLoop(context), history.run()],
      ...(rewards === undefined ? [] : [startLoop(rewards.loop, context)]),
      ...(anchors === undefined ? [] : [startLoop(anchors.loop, context)]),
      ...(exits === undefined ? [] : [startLoop(exits.loop, context)]),
      ...(webhooks?.loops ?? []).map((loop) => startLoop(loop, context)),
    ],

    report,

    healthInputs: () => ({
      heads: sides.map((chain) => ({
        chain,
        seconds: now() - movedAt[chain],
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
      anchors?.measure(metrics);
      exits?.measure(metrics);
      webhooks?.measure();
      if (rewards === undefined) return;
      const peg = (productToken: Address) => bridges.state('main').pegs.get(productToken);
      collectRewardsMetrics({ metrics, rewards, store: stores.rewards, peg, fees: config.fees });
    },

    async [Symbol.asyncDispose]() {
      for (const unsubscribe of subscriptions) unsubscribe();
      backoff[Symbol.dispose]();
      await webhooks?.[Symbol.asyncDispose]();
    },
  };
}
