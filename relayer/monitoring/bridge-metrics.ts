import type { Counter, Gauge } from 'prom-client';

import { directions, sides } from '../../protocol/lane.ts';
import type { Metrics } from './metrics.ts';

/** Metrics of each bridge, labelled with its name where a process has several. The others are of the process. */
const perBridge = [
  'ready',
  'problems',
  'loopTimestamp',
  'chainHeadBlock',
  'chainHeadTimestamp',
  'chainScannedBlock',
  'chainStale',
  'transfersSeen',
  'transfersExecuted',
  'transfersRejected',
  'oldestPending',
  'pendingTransfers',
  'waitingTransfers',
  'signatures',
  'signerLastAnswer',
  'signerInfo',
  'equivocations',
  'quorumMargin',
  'signers',
  'threshold',
  'signerSetsDiffer',
  'transactionFee',
  'pegInfo',
  'pegLocked',
  'pegSupply',
  'pegGap',
  'auditOk',
  'auditCompleted',
  'paused',
  'feePot',
  'feesTaken',
  'feePrice',
  'productCoinPrice',
  'rewardsPeriod',
  'rewardsEarned',
  'anchorBlock',
  'anchorTimestamp',
  'exitOpens',
  'exitSnapshotMissing',
  'anchorHead',
  'receipts',
  'webhookDeliveries',
  'webhookPending',
  'webhookDeadLetters',
  'webhookOldest',
  'webhookDisabled',
] as const satisfies readonly (keyof Metrics)[];

/** Counters start at zero: one that appears with its first event hides that event from `rate`. */
export function startCounters(
  metrics: Pick<Metrics, 'transfersSeen' | 'transfersExecuted' | 'transactionFee' | 'receipts'>,
): void {
  for (const direction of directions) {
    metrics.transfersSeen.inc({ direction }, 0);
    metrics.transfersExecuted.inc({ direction }, 0);
  }
  for (const chain of sides) metrics.transactionFee.inc({ chain }, 0);
  for (const outcome of ['served', 'refused', 'failed']) metrics.receipts.inc({ outcome }, 0);
}

/**
 * The metrics of a process as one of its bridges sets them. Disposal removes the bridge's series.
 * @param bridge Undefined for an only bridge: its series have no such label.
 */
export function metricsOfBridge(metrics: Metrics, bridge: string | undefined): Metrics & Disposable {
  const labelled = perBridge.map((name) => [name, withBridge(metrics[name], bridge)] as const);
  return {
    ...metrics,
    ...(Object.fromEntries(labelled) as object),
    [Symbol.dispose]() {
      for (const [, metric] of labelled) metric.reset();
    },
  };
}

type Labels = Readonly<Record<string, string | number>>;

/** A gauge or counter that adds the label to every series, and touches no series of another bridge. */
function withBridge(
  metric: Pick<Gauge, 'set' | 'inc' | 'remove'> | Pick<Counter, 'inc' | 'remove'>,
  bridge: string | undefined,
) {
  const target = metric as unknown as Record<'set' | 'inc', (labels: Labels, value: number) => void> & {
    remove(labels: Labels): void;
  };
  const series = new Map<string, Labels>();
  const known = (labels: Labels): Labels => {
    const all = bridge === undefined ? labels : { bridge, ...labels };
    series.set(JSON.stringify(all), all);
    return all;
  };
  const change =
    (what: 'set' | 'inc') =>
    (first?: Labels | number, value?: number): void => {
      if (typeof first === 'object') target[what](known(first), value ?? 1);
      else target[what](known({}), first ?? 1);
    };
  return {
    set: change('set'),
    inc: change('inc'),
    remove(labels: Labels): void {
      const all = known(labels);
      series.delete(JSON.stringify(all));
      target.remove(all);
    },
    reset(): void {
      for (const labels of series.values()) target.remove(labels);
      series.clear();
    },
  };
}
