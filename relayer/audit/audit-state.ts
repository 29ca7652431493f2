import type { Address } from 'viem';

import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Problems } from '../monitoring/problems.ts';

/** The result of the last complete audit of each peg since the start, and its age. */
export interface AuditState {
  /**
   * Why the audit forbids signatures for a peg; undefined when it does not. A clean result that has become old does not:
   * it is reported (`audit-stale`).
   */
  obstacle(productToken: Address): Extract<Reason, 'audit-broken' | 'audit-pending'> | undefined;
  isAnyBroken(): boolean;
  /** Records a complete audit without errors. */
  clean(productToken: Address): void;
  /** Records an audit with errors. */
  broken(productToken: Address, errors: readonly string[]): void;
  /** Records an audit that could not be completed: the last result remains, and its age grows. */
  incomplete(productToken: Address, cause: unknown): void;
}

/** Lower bound of the age of a clean audit from which it is not reported as clean any more; as in AuditStale. */
const STALE_SECONDS = 300;
/** The reconciler audits every peg; so many of its rounds may fail. */
const STALE_ROUNDS = 3;

export function createAuditState(options: {
  readonly metrics: Pick<Metrics, 'auditOk' | 'auditCompleted'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  readonly log: { warn(o: object, m: string): void };
  /** Interval of the reconciler. */
  readonly sweepSeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Called with the result of each complete audit. */
  readonly onCompleted?: (productToken: Address, isClean: boolean) => void;
  /** Seconds since the epoch. */
  readonly time?: () => number;
}): AuditState {
  const { metrics, problems, log, sweepSeconds, now, time = () => Date.now() / 1_000 } = options;
  const startedAt = now();
  const staleSeconds = Math.max(STALE_SECONDS, STALE_ROUNDS * sweepSeconds);
  const completedAt = new Map<Address, number>();
  const broken = new Set<Address>();

  const partOf = (productToken: Address): string => `audit ${productToken}`;

  const completed = (productToken: Address, isClean: boolean): void => {
    completedAt.set(productToken, now());
    metrics.auditCompleted.set({ peg: productToken }, time());
    metrics.auditOk.set({ peg: productToken }, isClean ? 1 : 0);
    options.onCompleted?.(productToken, isClean);
  };

  return {
    obstacle(productToken) {
      if (broken.has(productToken)) return 'audit-broken';
      return completedAt.has(productToken) ? undefined : 'audit-pending';
    },

    isAnyBroken: () => broken.size > 0,

    clean(productToken) {
      completed(productToken, true);
      problems.clear(partOf(productToken));
      if (broken.delete(productToken)) log.warn({ productToken }, 'audit passes again: signing resumed');
    },

    broken(productToken, errors) {
      completed(productToken, false);
      broken.add(productToken);
      problems.set(partOf(productToken), 'audit-broken', errors.join('; '));
    },

    incomplete(productToken, cause) {
      // Creates the series, so that a peg that is never audited is noticed.
      metrics.auditCompleted.inc({ peg: productToken }, 0);
      if (broken.has(productToken)) return;
      const last = completedAt.get(productToken);
      const age = now() - (last ?? startedAt);
      if (last !== undefined && age <= staleSeconds) return;
      // No audit, no green: neither clean nor broken.
      metrics.auditOk.remove({ peg: productToken });
      const since = last === undefined ? 'not audited since the start' : `last audited ${Math.round(age)} s ago`;
      const code = last === undefined && age <= staleSeconds ? 'audit-pending' : 'audit-stale';
      problems.set(partOf(productToken), code, `${since}: ${messageOf(cause)} (${codeOf(cause)})`);
    },
  };
}
