import type { Address } from 'viem';

import type { Health } from '../api/health.ts';
import type { Metrics } from './metrics.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { PeerTracker } from './peer-tracker.ts';
import type { Entry, Ledger } from '../state/ledger.ts';
import { waitingFor, waitsByRule } from '../state/wait-reason.ts';
import { type Direction, type Lane, type Side, directions, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { TransactionRecord } from '../tx/records.ts';

interface BlockTime {
  readonly number: bigint;
  /** In seconds since the epoch, by the chain's clock. */
  readonly timestamp: bigint;
}

export interface BridgeMetricsSources {
  readonly metrics: Metrics;
  readonly bridges: BridgePair;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly watches: Readonly<Record<Side, { readonly head: BlockTime | undefined }>>;
  readonly peerTracker: PeerTracker;
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly isPaused: (side: Side) => boolean;
  readonly latestBlock: (side: Side) => BlockTime | undefined;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Sets the gauges just before a scrape, so that a stalled loop leaves no stale values. */
export function collectBridgeMetrics(sources: BridgeMetricsSources): void {
  const { metrics, bridges, watches, peerTracker } = sources;
  collectTransferMetrics(sources);
  for (const direction of directions) {
    const { signers, threshold } = bridges.destination(direction);
    const inSync = peerTracker.inSync(direction, signers);
    if (inSync !== undefined) metrics.quorumMargin.set({ direction }, inSync - threshold);
  }
  for (const chain of sides) {
    const { head } = watches[chain];
    if (head !== undefined) {
      const tip = sources.latestBlock(chain);
      // While idle the latest head is read less often than the final one.
      const latest = tip === undefined || tip.number < head.number ? head : tip;
      for (const [tag, { number, timestamp }] of [['finalized', head] as const, ['latest', latest] as const]) {
        metrics.chainHeadBlock.set({ chain, tag }, Number(number));
        metrics.chainHeadTimestamp.set({ chain, tag }, Number(timestamp));
      }
      metrics.chainScannedBlock.set({ chain }, Number(head.number));
    }
    metrics.paused.set({ chain }, sources.isPaused(chain) ? 1 : 0);
    const { signers, threshold } = bridges.state(chain);
    metrics.signers.set({ chain }, signers.length);
    metrics.threshold.set({ chain }, threshold);
  }
  metrics.signerSetsDiffer.set(sameSigners(bridges) ? 0 : 1);
}

/** Readiness and problems, of the process or of one bridge; available before any chain was read. */
export function collectHealthMetrics(metrics: Metrics, { ready, reasons, bridge, notices, stale }: Health): void {
  metrics.ready.set(ready ? 1 : 0);
  metrics.problems.reset();
  for (const { part, code } of [...reasons, ...bridge, ...notices]) metrics.problems.set({ part, code }, 1);
  for (const chain of sides) metrics.chainStale.set({ chain }, stale.includes(chain) ? 1 : 0);
}

export function collectProcessMetrics(metrics: Metrics): void {
  metrics.memory.set(process.memoryUsage.rss());
  const { user, system } = process.cpuUsage();
  metrics.processor.reset();
  metrics.processor.inc((user + system) / 1e6);
  metrics.startTime.set(Math.round(Date.now() / 1_000 - process.uptime()));
}

function collectTransferMetrics({ metrics, ledgers, obstacle, now }: BridgeMetricsSources): void {
  const pending: Record<Direction, number> = { mint: 0, withdraw: 0 };
  const oldest: Record<Direction, number> = { mint: 0, withdraw: 0 };
  metrics.waitingTransfers.reset();
  for (const ledger of ledgers.values()) {
    const { direction } = ledger.lane;
    const obstructed = obstacle(ledger.lane);
    const waiting = new Map<Reason, number>();
    for (const entry of ledger.entries()) {
      const reason = waitingFor(entry, obstructed);
      waiting.set(reason, (waiting.get(reason) ?? 0) + 1);
      pending[direction]++;
      if (!waitsByRule(reason)) oldest[direction] = Math.max(oldest[direction], ageOf(entry, now()));
    }
    // Includes those that never departed: the alert is for them.
    const parked = ledger.parked().length;
    if (parked > 0) waiting.set('parked', parked);
    for (const [reason, count] of waiting) metrics.waitingTransfers.inc({ direction, reason }, count);
  }
  for (const direction of directions) {
    metrics.pendingTransfers.set({ direction }, pending[direction]);
    metrics.oldestPending.set({ direction }, oldest[direction]);
  }
}

const ageOf = ({ readyAt }: Entry, now: number): number => Math.max(0, now - readyAt);

/** A paying account on one chain. */
interface PayingAccount {
  readonly transactions: { pending(): readonly TransactionRecord[] };
  readonly tip: { readonly number: bigint } | undefined;
}

/** Transactions of the accounts on one chain, whichever bridges they are of. */
export function collectAccountMetrics(metrics: Metrics, chain: string, accounts: readonly PayingAccount[]): void {
  const all = accounts.flatMap(({ transactions, tip }) => transactions.pending().map((record) => ({ record, tip })));
  metrics.transactionsPending.set({ chain }, all.length);
  for (const reason of ['fee-cap', 'low-funds'] as const) {
    metrics.transactionsHeld.set({ chain, reason }, all.filter(({ record }) => record.held === reason).length);
  }
  const ages = all.map(
    ({
      record: {
        versions: [first],
      },
      tip,
    }) => Number((tip?.number ?? first.block) - first.block),
  );
  metrics.transactionOldest.set({ chain }, Math.max(0, ...ages));
}

function sameSigners(bridges: BridgePair): boolean {
  const [main, product] = [bridges.state('main'), bridges.state('product')];
  const sorted = (signers: readonly Address[]) => signers.toSorted().join();
  return main.threshold === product.threshold && sorted(main.signers) === sorted(product.signers);
}
